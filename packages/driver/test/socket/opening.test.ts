import { inspect } from "node:util"
import { DatabaseConnectionError, PgsdError, type Target } from "@pgsd/driver"
import { socketDriver } from "@pgsd/driver/socket"
import { describe, expect, test, vi } from "vitest"
import {
  authentication,
  backendKeyData,
  commandComplete,
  failure,
  parameterStatus,
  ready,
  sasl,
  WELCOME,
} from "../support/backend-messages.ts"
import { type BackendScript, scriptedBackend } from "../support/scripted-backend.ts"
import { simpleAdapter } from "../support/simple-adapter.ts"
import { until } from "../support/test-server.ts"

const driver = socketDriver(simpleAdapter)

/** The outcome of an attempt at a server with this script; no socket may stay open. */
async function refusal(script: BackendScript, overrides: Partial<Target> = {}): Promise<DatabaseConnectionError> {
  await using server = await scriptedBackend(script)
  const target = { host: "127.0.0.1", port: server.port, user: "app", password: "s3cr3t-word", connectTimeoutMs: 5_000, ...overrides }
  const error: unknown = await driver.connect(target).then(
    () => new Error("it connected"),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DatabaseConnectionError)) throw error
  await until(() => server.open.size === 0, "the socket stayed open")
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain("s3cr3t-word")
  return error
}

describe("the startup packet", () => {
  test("is the target's, whatever the driver writes", async () => {
    await using server = await scriptedBackend({ startup: () => WELCOME })
    const startup = { application_name: "report", options: "-c geqo=off" }
    const connection = await driver.connect({ host: "127.0.0.1", port: server.port, user: "app", database: "shop", startup })
    connection.destroy()
    const [packet] = server.startups
    expect(packet?.readUInt32BE(4)).toBe(196_608)
    expect(packet?.toString("utf8", 8).split("\0")).toEqual(
      ["user", "app", "database", "shop", "client_encoding", "UTF8", "DateStyle", "ISO"].concat(
        ["extra_float_digits", "1", "IntervalStyle", "postgres"],
        Object.entries(startup).flat(),
        "",
        "",
      ),
    )
  })

  test("omits defaults that the target sets, also in options", async () => {
    await using server = await scriptedBackend({ startup: () => WELCOME })
    const startup = { intervalstyle: "iso_8601", options: "-c Extra_Float_Digits=0" }
    const connection = await driver.connect({ host: "127.0.0.1", port: server.port, user: "app", startup })
    connection.destroy()
    expect(server.startups[0]?.toString("utf8", 8).split("\0").slice(8)).toEqual([
      "IntervalStyle",
      "iso_8601",
      "options",
      startup.options,
      "",
      "",
    ])
  })

  test.each([
    ["a pooler that names a setting of ours", "unsupported startup parameter: extra_float_digits", 2],
    ["a pooler that has another reason", "no more connections allowed (max_client_conn)", 1],
  ])("to %s", async (_what, text, attempts) => {
    await using server = await scriptedBackend({
      startup: ({ startup, socket }) =>
        startup.includes("extra_float_digits") ? void socket.end(failure({ S: "FATAL", V: "FATAL", C: "08P01", M: text })) : WELCOME,
    })
    const asked = driver.connect({ host: "127.0.0.1", port: server.port, user: "app" }).then(
      (connection) => connection.destroy(),
      (error: unknown) => expect(error).toMatchObject({ sqlState: "08P01" }),
    )
    await asked
    expect(server.startups).toHaveLength(attempts)
  })

  test("prefers the target's DateStyle to the default", async () => {
    await using server = await scriptedBackend({ startup: () => WELCOME })
    const connection = await driver.connect({ host: "127.0.0.1", port: server.port, user: "app", startup: { datestyle: "German" } })
    connection.destroy()
    expect(server.startups[0]?.toString()).toContain("\0DateStyle\0German\0")
    expect(server.startups[0]?.toString()).not.toContain("ISO")
  })
})

test("the server's parameters are available", async () => {
  await using server = await scriptedBackend({ startup: () => WELCOME })
  const connection = await driver.connect({ host: "127.0.0.1", port: server.port, user: "app" })
  expect(connection.status).toBe("idle")
  expect(connection.serverParameters).toEqual({ server_version: "18.0" })
  expect(connection.info).toEqual({
    label: `127.0.0.1:${server.port}/app`,
    host: "127.0.0.1",
    address: "127.0.0.1",
    port: server.port,
    user: "app",
    database: "app",
    processId: 4711,
    authentication: "trust",
    connectTimeMs: expect.any(Number),
  })
  connection.destroy()
})

describe("a peer that is not PostgreSQL is recognised by its first bytes", () => {
  test.each([
    ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["SMTP", "220 mail ESMTP\r\n"],
    ["MySQL", "\x4a\0\0\0\x0a8.0.36\0"],
    ["Redis", "-ERR unknown command\r\n"],
    ["RTSP, which begins like an authentication request", "RTSP/1.0 400 Bad Request\r\n"],
    ["NATS, which begins like a notice", "NATS says no to you\r\n"],
  ])("%s", async (_, message) => {
    const error = await refusal({ startup: () => message })
    expect(error).toMatchObject({ code: "PGSD_NOT_POSTGRES", phase: "startup", retryable: false })
    expect(error.message).toContain("check host and port")
  })
})

describe("server errors", () => {
  test.each([
    ["28P01", "PGSD_AUTH_FAILED", "auth", false],
    ["28000", "PGSD_AUTH_FAILED", "auth", false],
    ["3D000", "PGSD_DATABASE_NOT_FOUND", "startup", false],
    ["53300", "PGSD_TOO_MANY_CONNECTIONS", "startup", true],
    ["57P03", "PGSD_SERVER_NOT_READY", "startup", true],
    ["08P01", "PGSD_CONNECTION_LOST", "startup", true], // as of a pooler: see pooler-messages.test.ts
  ])("%s", async (sqlState, code, phase, retryable) => {
    const error = await refusal({
      startup: () => failure({ S: "FATAL", V: "FATAL", C: sqlState, M: "the server's message", D: "details" }),
    })
    expect(error).toMatchObject({ code, phase, retryable, sqlState, severity: "FATAL", detail: "details", user: "app" })
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+: the server's message/)
  })

  test("after authentication too", async () => {
    const message = failure({ S: "FATAL", V: "FATAL", C: "3D000", M: 'database "app" does not exist' })
    expect(await refusal({ startup: () => Buffer.concat([authentication(0), message]) })).toMatchObject({ code: "PGSD_DATABASE_NOT_FOUND" })
  })

  test("a server that cannot start a process answers in protocol 2", async () => {
    const error = await refusal({ startup: () => "Ecould not fork new process for connection: no memory\n\0" })
    expect(error).toMatchObject({ code: "PGSD_OUT_OF_RESOURCES", phase: "startup", retryable: true })
    expect(error.message).toContain("could not fork")
  })
})

describe("a server that disconnects", () => {
  test("without a message", async () => {
    const error = await refusal({ startup: ({ socket }) => socket.end() })
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST", phase: "startup", retryable: true })
  })

  test("during authentication", async () => {
    const error = await refusal({ startup: () => authentication(3), message: (_type, _body, { socket }) => socket.resetAndDestroy() })
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST", phase: "auth", retryable: true })
  })

  test("an unresponsive server: the error names the phase at the deadline", async () => {
    expect(await refusal({}, { connectTimeoutMs: 500 })).toMatchObject({ code: "PGSD_CONNECT_TIMEOUT", phase: "startup" })
    expect(await refusal({ startup: () => authentication(3) }, { connectTimeoutMs: 500 })).toMatchObject({ phase: "auth" })
  })
})

describe("the password", () => {
  test("is requested only when the server asks, once", async () => {
    const password = vi.fn(() => "given")
    const sent: string[] = []
    const message = (_type: string, body: Buffer) => {
      sent.push(body.toString())
      return WELCOME
    }
    await using asking = await scriptedBackend({ startup: () => authentication(3), message })
    const connection = await driver.connect({ host: "127.0.0.1", port: asking.port, user: "app", password })
    expect([connection.info.authentication, sent, password.mock.calls.length]).toEqual(["password", ["given\0"], 1])
    connection.destroy()
    await using trusting = await scriptedBackend({ startup: () => WELCOME })
    const other = await driver.connect({ host: "127.0.0.1", port: trusting.port, user: "app", password })
    expect(password).toHaveBeenCalledTimes(1)
    other.destroy()
  })

  test.each([[undefined], [""]])("is missing: %j", async (password) => {
    const error = await refusal({ startup: () => authentication(3) }, { password })
    expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", phase: "auth", retryable: false })
    expect(error.message).toContain("none was given")
  })

  test("source fails", async () => {
    const cause = new Error("the vault is sealed")
    const password = () => Promise.reject(cause)
    expect(await refusal({ startup: () => authentication(3) }, { password })).toMatchObject({
      code: "PGSD_AUTH_FAILED",
      phase: "auth",
      cause,
    })
  })

  test("source that hangs is abandoned at the deadline", async () => {
    const password = () => new Promise<string>(() => {})
    const error = await refusal({ startup: () => authentication(3) }, { password, connectTimeoutMs: 500 })
    expect(error).toMatchObject({ code: "PGSD_CONNECT_TIMEOUT", phase: "auth" })
  })
})

describe("an invalid handshake", () => {
  test.each([
    ["ready before authentication", Buffer.concat([failure({ S: "NOTICE", C: "00000", M: "hello" }, "N"), ready()])],
    ["results before queries", Buffer.concat([authentication(0), commandComplete("SELECT 1")])],
    ["bytes that are no message", Buffer.concat([authentication(0), Buffer.from("garbage and more")])],
    ["a parameter without an end", Buffer.concat([authentication(0), parameterStatus("a", "b").subarray(0, 7), backendKeyData(1, 2)])],
  ])("%s", async (_, bytes) => {
    expect(await refusal({ startup: () => bytes })).toMatchObject({
      code: expect.stringMatching(/^PGSD_(PROTOCOL_VIOLATION|NOT_POSTGRES)$/),
    })
  })

  test("unsupported methods are named, and nothing is sent", async () => {
    const message = vi.fn()
    const error = await refusal({ startup: () => authentication(7), message })
    expect(error).toMatchObject({ code: "PGSD_AUTH_UNSUPPORTED", phase: "auth" })
    expect(error.message).toContain("GSSAPI")
    expect(message).not.toHaveBeenCalled()
  })

  test("a method excluded by require_auth gets no password", async () => {
    const password = vi.fn(() => "given")
    const auth = { requireAuth: { kind: "allow", methods: ["scram-sha-256"] } } as const
    expect(await refusal({ startup: () => authentication(3) }, { auth, password })).toMatchObject({ code: "PGSD_AUTH_UNSUPPORTED" })
    expect(await refusal({ startup: () => WELCOME }, { auth, password })).toMatchObject({ code: "PGSD_AUTH_UNSUPPORTED" })
    expect(password).not.toHaveBeenCalled()
  })

  test("a server that offers SASL and then accepts without it is refused", async () => {
    const error = await refusal({ startup: () => Buffer.concat([sasl("SCRAM-SHA-256"), WELCOME]) })
    expect(error).toMatchObject({ code: "PGSD_PROTOCOL_VIOLATION" })
  })
})

describe("before dialling", () => {
  test("a valid target is required", async () => {
    await expect(driver.connect()).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_TARGET" }))
    await expect(driver.connect({ host: "127.0.0.1", user: "" })).rejects.toThrow(PgsdError)
  })

  test("channel binding that is unavailable is refused", async () => {
    const error: unknown = await driver
      .connect({ host: "127.0.0.1", user: "app", auth: { channelBinding: "require" } })
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: "PGSD_AUTH_UNSUPPORTED", phase: "auth" })
  })

  test("an unknown option is refused with a suggestion", () => {
    expect(() => socketDriver(simpleAdapter, { lookpu: () => {} } as never)).toThrow(
      expect.objectContaining({ code: "PGSD_INVALID_OPTION", hint: 'did you mean "lookup"?' }),
    )
  })

  test("an already aborted signal", async () => {
    const reason = new Error("too late")
    await expect(driver.connect({ host: "127.0.0.1", user: "app" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

test("an abort during the handshake rejects with its reason and closes the socket", async () => {
  const reason = new Error("enough")
  const controller = new AbortController()
  await using server = await scriptedBackend({ startup: () => controller.abort(reason) })
  await expect(driver.connect({ host: "127.0.0.1", port: server.port, user: "app" }, { signal: controller.signal })).rejects.toBe(reason)
  await until(() => server.open.size === 0, "the socket stayed open")
})

test("a client whose constructor throws leaves no socket", async () => {
  const broken = socketDriver({
    ...simpleAdapter,
    construct: () => {
      throw new Error("a bad option")
    },
  })
  await using server = await scriptedBackend({})
  await expect(broken.connect({ host: "127.0.0.1", port: server.port, user: "app" })).rejects.toThrow("a bad option")
  await until(() => server.accepted === 1 && server.open.size === 0, "the socket stayed open")
})
