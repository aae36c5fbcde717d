import { socketDriver } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"
import { authentication, commandComplete, failure, int32, message, ready, WELCOME } from "../support/backend-messages.ts"
import { type BackendScript, scriptedBackend } from "../support/scripted-backend.ts"
import { simpleAdapter } from "../support/simple-adapter.ts"

const V3_0 = 0x3_0000
const V3_2 = 0x3_0002

const negotiation = (version: number, refused = 0) => message("v", int32(version), int32(refused), ..."_pq_.x\0".repeat(refused))
const asked = (startup: Buffer) => startup.readUInt32BE(4)

/** A driver that asks for 3.2, and a server with this script. */
async function meeting(script: BackendScript) {
  const server = await scriptedBackend(script)
  const driver = socketDriver({ ...simpleAdapter, protocol: "3.2" })
  const connect = (connectTimeoutMs = 5_000, signal?: AbortSignal) =>
    driver.connect({ host: "127.0.0.1", port: server.port, user: "app", connectTimeoutMs }, { signal })
  const versions = () => server.startups.map(asked)
  return { server, connect, versions, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test("a driver without a protocol version asks for 3.0", async () => {
  await using server = await scriptedBackend({ startup: () => WELCOME })
  const connection = await socketDriver(simpleAdapter).connect({ host: "127.0.0.1", port: server.port, user: "app" })
  connection.destroy()
  expect(server.startups.map(asked)).toEqual([V3_0])
})

test.each([
  ["3.0", V3_0],
  ["3.2", V3_2],
  [undefined, V3_2],
] as const)("a target may limit it: %s", async (maxProtocolVersion, version) => {
  await using server = await scriptedBackend({ startup: () => WELCOME })
  const target = { host: "127.0.0.1", port: server.port, user: "app", maxProtocolVersion }
  ;(await socketDriver({ ...simpleAdapter, protocol: "3.2" }).connect(target)).destroy()
  // No driver is made to speak what it does not.
  ;(await socketDriver(simpleAdapter).connect(target)).destroy()
  expect(server.startups.map(asked)).toEqual([version, V3_0])
})

test("a server with 3.2 sends a long cancel key, which is used completely", async () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at))
  const welcome = Buffer.concat([authentication(0), message("K", int32(4711), key), ready()])
  let cancel: Buffer | undefined
  await using m = await meeting({
    startup: () => welcome,
    message: (_type, _body, { socket }) => void canceled.then(() => socket.write(Buffer.concat([commandComplete("SELECT 0"), ready()]))),
  })
  const canceled = new Promise<void>((resolve) => {
    m.server.onCancel = (packet) => {
      cancel = packet
      resolve()
    }
  })
  const connection = await m.connect()
  const controller = new AbortController()
  const query = connection.query("SELECT 1", undefined, { signal: controller.signal })
  controller.abort(new Error("enough"))
  await expect(query).rejects.toThrow("enough")
  expect(cancel?.subarray(8)).toEqual(Buffer.concat([int32(4711), key]))
  connection.destroy()
  expect(m.versions()).toEqual([V3_2])
})

test("a server that negotiates 3.0 gets the session at once", async () => {
  await using m = await meeting({ startup: () => Buffer.concat([negotiation(V3_0), WELCOME]) })
  ;(await m.connect()).destroy()
  expect(m.versions()).toEqual([V3_2])
})

describe("invalid answers are refused", () => {
  test.each([
    ["the version that was asked for", negotiation(V3_2)],
    ["a newer one", negotiation(V3_2 + 1)],
    ["3.1, which does not exist", negotiation(0x3_0001)],
    ["protocol 2", negotiation(0x2_0000)],
    ["options that were not asked for", negotiation(V3_0, 1)],
    ["one that comes late", Buffer.concat([authentication(0), negotiation(V3_0)])],
  ])("%s", async (_what, answer) => {
    await using m = await meeting({ startup: () => answer })
    await expect(m.connect()).rejects.toMatchObject({ code: "PGSD_PROTOCOL_VIOLATION" })
    expect(m.versions()).toEqual([V3_2])
  })

  test("any negotiation with a driver that asked for 3.0", async () => {
    await using server = await scriptedBackend({ startup: () => Buffer.concat([negotiation(V3_0), WELCOME]) })
    const connecting = socketDriver(simpleAdapter).connect({ host: "127.0.0.1", port: server.port, user: "app" })
    await expect(connecting).rejects.toMatchObject({ code: "PGSD_PROTOCOL_VIOLATION" })
  })
})

describe("a peer that refuses the version gets a request for 3.0, and is remembered", () => {
  const refused = (sqlState: string) => failure({ S: "FATAL", V: "FATAL", C: sqlState, M: "unsupported startup" })

  test.each(["08P01", "0A000"])("with an error of SQLSTATE %s", async (sqlState) => {
    await using m = await meeting({
      startup: ({ startup, socket }) => (asked(startup) === V3_0 ? WELCOME : void socket.end(refused(sqlState))),
    })
    for (let round = 0; round < 2; round++) (await m.connect()).destroy()
    expect(m.versions()).toEqual([V3_2, V3_0, V3_0])
  })

  test("by closing the connection", async () => {
    await using m = await meeting({ startup: ({ startup, socket }) => (asked(startup) === V3_0 ? WELCOME : void socket.end()) })
    for (let round = 0; round < 2; round++) (await m.connect()).destroy()
    expect(m.versions()).toEqual([V3_2, V3_0, V3_0])
  })

  test("unless 3.0 fails, too: the caller gets that error, and nothing is remembered", async () => {
    await using m = await meeting({ startup: ({ socket }) => void socket.end(refused("08P01")) })
    for (let round = 0; round < 2; round++) await expect(m.connect()).rejects.toMatchObject({ sqlState: "08P01" })
    expect(m.versions()).toEqual([V3_2, V3_0, V3_2, V3_0])
  })

  test.each([
    ["another error", (_: Buffer) => refused("53300"), { sqlState: "53300" }],
    ["an error after a negotiation", (_: Buffer) => Buffer.concat([negotiation(V3_0), refused("08P01")]), { sqlState: "08P01" }],
    ["an error after authentication", (_: Buffer) => Buffer.concat([authentication(0), refused("08P01")]), { sqlState: "08P01" }],
  ])("not for %s", async (_what, answer, error) => {
    await using m = await meeting({ startup: ({ startup, socket }) => void socket.end(answer(startup)) })
    await expect(m.connect()).rejects.toMatchObject(error)
    expect(m.versions()).toEqual([V3_2])
  })

  test("not after a timeout or an abort", async () => {
    await using m = await meeting({})
    await expect(m.connect(200)).rejects.toMatchObject({ code: "PGSD_CONNECT_TIMEOUT" })
    const controller = new AbortController()
    const connecting = m.connect(5_000, controller.signal)
    await expect.poll(() => m.versions().length).toBe(2)
    controller.abort(new Error("enough"))
    await expect(connecting).rejects.toThrow("enough")
    expect(m.versions()).toEqual([V3_2, V3_2])
  })
})
