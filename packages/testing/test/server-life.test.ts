import { existsSync } from "node:fs"
import { createConnection } from "node:net"
import { dirname } from "node:path"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { gone, serverPid } from "./support/run-child.ts"

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE kept (id int)")
})

afterAll(() => server?.close())

async function session(): Promise<pg.Client & { readonly lost: string[] }> {
  const client = Object.assign(new pg.Client(server.url()), { lost: [] as string[] })
  client.on("error", (error: Error & { code?: string }) => client.lost.push(error.code ?? error.message))
  await client.connect()
  return client
}

function refusal(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port })
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.on("connect", () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

test.each(["fast", "immediate"] as const)(
  "stop (%s) disconnects clients and refuses new ones; start has the same port and data",
  async (mode) => {
    const { port } = server
    const client = await session()
    await server.stop({ mode })
    await expect.poll(() => client.lost[0]).toBe(mode === "fast" ? "57P01" : "Connection terminated unexpectedly")
    expect(await refusal(port)).toBe("ECONNREFUSED")
    await expect(server.sql("SELECT 1")).rejects.toMatchObject({ code: "PGSD_SERVER_STATE", hint: "call start() first" })
    await server.stop()
    await server.start()
    await server.start()
    expect(server.port).toBe(port)
    expect(await server.sql("SELECT count(*) FROM kept")).toEqual([{ count: "0" }])
  },
)

test("stop (smart) waits for clients to disconnect", async () => {
  const client = await session()
  let stopped = false
  const stopping = server.stop({ mode: "smart" }).then(() => {
    stopped = true
  })
  await expect.poll(() => server.logs()).toContain("received smart shutdown request")
  expect(stopped).toBe(false)
  await client.end()
  await stopping
  await server.start()
})

test("restart keeps port and password", async () => {
  const before = server.url()
  await server.restart()
  expect(server.url()).toBe(before)
  await (await session()).end()
})

test("a paused server keeps sockets open and answers nothing until it is resumed", async () => {
  const client = await session()
  await server.pause()
  let answered = false
  const answer = client.query("SELECT 1 AS one").then((result) => {
    answered = true
    return result.rows
  })
  expect(await refusal(server.port)).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect({ answered, lost: client.lost }).toEqual({ answered: false, lost: [] })
  await server.resume()
  expect(await answer).toEqual([{ one: 1 }])
  await client.end()
})

test("an operation that times out or is aborted rejects and says so", async () => {
  const client = await session()
  await expect(server.sql("SELECT pg_sleep(10)", { timeoutMs: 300 })).rejects.toMatchObject({ code: "PGSD_SERVER_TIMEOUT" })
  await expect(server.stop({ mode: "smart", timeoutMs: 300 })).rejects.toMatchObject({
    code: "PGSD_SERVER_TIMEOUT",
    message: "stopping the server (mode smart) took longer than 300 ms (raise timeoutMs, or see the server's logs())",
  })
  const reason = new Error("not now")
  await expect(server.stop({ mode: "smart", signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  await client.end()
  await server.stop()
  await server.start()
})

test("close() leaves no process, file or listener, paused or not; then every call says that it is closed", async () => {
  for (const paused of [false, true]) {
    const short = await postgresServer()
    const folder = dirname(short.socketDirectory!)
    const pid = serverPid(short.socketDirectory!)
    if (paused) await short.pause()
    const start = performance.now()
    await Promise.all([short.close(), short.close()])
    expect(performance.now() - start).toBeLessThan(5_000)
    await gone(pid)
    expect([existsSync(folder), await refusal(short.port)]).toEqual([false, "ECONNREFUSED"])
    for (const call of [() => short.sql("SELECT 1"), () => short.start(), () => short.stop(), () => short.pause(), () => short.reload()]) {
      await expect(call()).rejects.toMatchObject({ code: "PGSD_SERVER_STATE", message: expect.stringContaining("was closed") })
    }
  }
})

test("promote() and catchUp() are for standbys", async () => {
  await expect(server.promote()).rejects.toMatchObject({ code: "PGSD_SERVER_STATE" })
  await expect(server.catchUp()).rejects.toMatchObject({ code: "PGSD_SERVER_STATE" })
})
