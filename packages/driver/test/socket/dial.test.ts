import { getEventListeners } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { LookupFunction, Socket } from "node:net"
import { Socket as NetSocket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { DatabaseConnectionError, type Target } from "@pgsd/driver"
import { createConnectDeadline, type Dialed, dial } from "@pgsd/driver/socket"
import { afterEach, describe, expect, test, vi } from "vitest"
import { listen, until } from "../support/test-server.ts"

const target = (overrides: Partial<Target> = {}): Target => ({
  host: "127.0.0.1",
  user: "app",
  password: "hunter2",
  connectTimeoutMs: 5_000,
  ...overrides,
})
const TLS = { encryption: "tls", tls: { verify: "none" } } as const

const dialed: Dialed[] = []
afterEach(() => {
  for (const { socket, deadline } of dialed.splice(0)) {
    deadline.end()
    socket.destroy()
  }
})

async function open(...values: Parameters<typeof dial>): Promise<Dialed> {
  const result = await dial(...values)
  dialed.push(result)
  return result
}

async function failure(...values: Parameters<typeof dial>): Promise<DatabaseConnectionError> {
  const error = await dial(...values).then(
    () => new Error("dial succeeded"),
    (thrown: unknown) => thrown,
  )
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain("hunter2")
  if (error instanceof DatabaseConnectionError) return error
  throw error
}

/** A resolver that knows one name. */
const resolver = (name: string, ...addresses: string[]): LookupFunction =>
  ((host, _options, callback) => {
    if (host !== name) return callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), [])
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )
  }) satisfies LookupFunction

describe("a plain socket", () => {
  test("is connected, quiet, and has the clock of the whole attempt", async () => {
    await using server = await listen(() => {})
    const before = performance.now()
    const { socket, address, tls, startedAt, deadline } = await open(target({ port: server.port }))
    expect(socket.readyState).toBe("open")
    expect({ address, tls }).toEqual({ address: "127.0.0.1", tls: undefined })
    expect(startedAt).toBeGreaterThanOrEqual(before)
    expect(deadline.phase).toBe("startup")
    expect(deadline.remainingMs()).toBeGreaterThan(0)
    expect(socket.eventNames().filter((name) => name !== "error" && name !== "end")).toEqual([])
    expect(socket.listenerCount("error")).toBe(1)
  })

  test("bytes that the server sends at once are there for whoever listens later", async () => {
    await using server = await listen((socket) => socket.write("hello"))
    const { socket } = await open(target({ port: server.port }))
    await until(() => socket.bytesRead > 0, "the server's bytes")
    const chunk = await new Promise<Buffer>((resolve) => socket.once("data", resolve))
    expect(chunk.toString()).toBe("hello")
  })

  test("an error after dial, with nobody listening, does not end the process", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()))
    const { socket } = await open(target({ port: server.port }))
    socket.write("x")
    await until(() => socket.destroyed, "the socket's death")
    expect(socket.errored).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) })
  })

  test("has no Nagle delay, and keepalive as the target says", async () => {
    await using server = await listen(() => {})
    const noDelay = vi.spyOn(NetSocket.prototype, "setNoDelay")
    const keepAlive = vi.spyOn(NetSocket.prototype, "setKeepAlive")
    try {
      await open(target({ port: server.port }))
      await open(target({ port: server.port, keepAlive: { enabled: true, idleMs: 30_000 } }))
      await open(target({ port: server.port, keepAlive: { enabled: true, idleMs: 1 } }))
      await open(target({ port: server.port, keepAlive: { enabled: false } }))
      expect(noDelay.mock.calls).toEqual([[true], [true], [true], [true]])
      expect(keepAlive.mock.calls).toEqual([
        [true, 0],
        [true, 30_000],
        [true, 1_000],
        [false, 0],
      ])
    } finally {
      noDelay.mockRestore()
      keepAlive.mockRestore()
    }
  })

  test.runIf(process.platform === "linux")("the kernel's keepalive timer runs", async () => {
    await using server = await listen(() => {})
    const on = await open(target({ port: server.port, keepAlive: { enabled: true, idleMs: 30_000 } }))
    const off = await open(target({ port: server.port, keepAlive: { enabled: false } }))
    expect(kernelTimer(on.socket)).toBe("02")
    expect(kernelTimer(off.socket)).toBe("00")
  })
})

describe("names and addresses", () => {
  test("a name goes through the given lookup, and its first address is dialled", async () => {
    await using server = await listen(() => {})
    const { address } = await open(target({ host: "db.test", port: server.port }), {
      lookup: resolver("db.test", "127.0.0.1", "192.0.2.1"),
    })
    expect(address).toBe("127.0.0.1")
  })

  test("a lookup that answers with one address, as dns.lookup does without `all`, will do", async () => {
    await using server = await listen(() => {})
    const { address } = await open(target({ host: "db.test", port: server.port }), {
      lookup: (_host, _options, done) => done(null, "127.0.0.1", 4),
    })
    expect(address).toBe("127.0.0.1")
  })

  test("an address is not looked up, nor is a host with one", async () => {
    await using server = await listen(() => {})
    const lookup: LookupFunction = () => expect.unreachable("nothing may be looked up")
    await open(target({ port: server.port }), { lookup })
    const { address } = await open(target({ host: "db.test", address: "127.0.0.1", port: server.port }), { lookup })
    expect(address).toBe("127.0.0.1")
  })

  test("IPv6", async () => {
    await using server = await listen(() => {}, { host: "::1" })
    const { address } = await open(target({ host: "::1", port: server.port }))
    expect(address).toBe("::1")
  })

  test.each<[what: string, lookup: LookupFunction, text: string]>([
    ["an unknown name", resolver("other.test", "127.0.0.1"), "getaddrinfo ENOTFOUND db.test"],
    ["a name without an address", resolver("db.test"), "the name has no address"],
    ["a resolver that answers nonsense", (_host, _options, done) => done(null, "nonsense", 4), "the name has no address"],
  ])("%s is PGSD_DNS_FAILED in phase dns", async (_what, lookup, text) => {
    const error = await failure(target({ host: "db.test" }), { lookup })
    expect(error).toMatchObject({ code: "PGSD_DNS_FAILED", phase: "dns", retryable: true, host: "db.test", user: "app", database: "app" })
    expect(error.message).toContain(text)
  })

  test("a resolver that throws is an error, not a hang", async () => {
    const lookup: LookupFunction = () => {
      throw Object.assign(new Error("no resolver"), { code: "EAI_FAIL" })
    }
    expect(await failure(target({ host: "db.test" }), { lookup })).toMatchObject({ code: "PGSD_DNS_FAILED", phase: "dns" })
  })

  test("nobody listening is PGSD_CONNECTION_REFUSED in phase tcp", async () => {
    const server = await listen(() => {})
    await server[Symbol.asyncDispose]()
    const error = await failure(target({ port: server.port, label: "source" }), { driver: "pg" })
    expect(error).toMatchObject({
      driver: "pg",
      code: "PGSD_CONNECTION_REFUSED",
      phase: "tcp",
      retryable: true,
      address: "127.0.0.1",
      label: "source",
    })
    expect(error.message).toContain(`source (127.0.0.1:${server.port}): connect ECONNREFUSED`)
  })
})

describe.runIf(process.platform !== "win32")("Unix sockets", () => {
  test("a directory means the socket in it, always plain", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pgsd-"))
    try {
      const received: Buffer[] = []
      await using server = await listen((socket) => socket.on("data", (chunk) => received.push(chunk)), {
        path: join(directory, ".s.PGSQL.5432"),
      })
      const { socket, address, tls } = await open(target({ host: directory, ...TLS }))
      expect({ address, tls }).toEqual({ address: undefined, tls: undefined })
      socket.end("first")
      await until(() => received.length > 0, "the first bytes")
      expect(Buffer.concat(received).toString()).toBe("first")
      expect(server.accepted).toBe(1)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test("no socket there is PGSD_SOCKET_NOT_FOUND", async () => {
    const error = await failure(target({ host: "/nonexistent", port: 1234 }))
    expect(error).toMatchObject({ code: "PGSD_SOCKET_NOT_FOUND", phase: "tcp", retryable: true })
    expect(error.message).toContain("/nonexistent/.s.PGSQL.1234")
  })

  test.runIf(process.platform === "linux")("an abstract name, as libpq writes it", async () => {
    const name = `pgsd-${process.pid}`
    await using server = await listen(() => {}, { path: `\0${name}/.s.PGSQL.5432` })
    await open(target({ host: `@${name}` }))
    await until(() => server.accepted === 1, "the connection")
    expect(readFileSync("/proc/net/unix", "latin1")).toContain(`@${name}/.s.PGSQL.5432`)
  })
})

describe("the answer to SSLRequest", () => {
  test.each<[what: string, answer: string, expected: object, text: string]>([
    ["N", "N", { code: "PGSD_TLS_UNSUPPORTED", retryable: false }, "the server does not support TLS"],
    ["S and another byte (CVE-2021-23222)", "SX", { code: "PGSD_PROTOCOL_VIOLATION", retryable: false }, "unencrypted bytes follow"],
    ["N and another byte", "NR", { code: "PGSD_PROTOCOL_VIOLATION", retryable: false }, "unencrypted bytes follow"],
    ["HTTP", "HTTP/1.1 400 Bad Request\r\n", { code: "PGSD_NOT_POSTGRES", retryable: false }, "does not speak PostgreSQL's protocol"],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n", { code: "PGSD_NOT_POSTGRES" }, "does not speak PostgreSQL's protocol"],
    ["MySQL", "J\0\0\0\n8.0.36", { code: "PGSD_NOT_POSTGRES" }, "does not speak PostgreSQL's protocol"],
    [
      "a server that cannot start a process, in protocol 2",
      "Ecould not fork new process for connection: Cannot allocate memory\n\0",
      { code: "PGSD_TLS_FAILED", retryable: true },
      'unverified: "could not fork new process for connection: Cannot allocate memory"',
    ],
    [
      "a pooler that is full",
      errorResponse("53300", "no more connections allowed"),
      { code: "PGSD_TLS_FAILED", retryable: true },
      "no more connections allowed",
    ],
    [
      "a server that knows no SSL",
      errorResponse("0A000", "unsupported frontend protocol"),
      { code: "PGSD_TLS_FAILED", retryable: false },
      "unsupported frontend",
    ],
    [
      "an error with control characters (CVE-2024-10977)",
      errorResponse("0A000", "a\x1b[2J\nb"),
      { code: "PGSD_TLS_FAILED" },
      'unverified: "a [2J b"',
    ],
    ["an error without an end", `E${"x".repeat(40_000)}`, { code: "PGSD_TLS_FAILED" }, "xxx…"],
  ])("%s", async (_what, answer, expected, text) => {
    await using server = await listen((socket) => socket.once("data", () => socket.write(answer, "latin1")))
    const error = await failure(target({ port: server.port, ...TLS }))
    expect(error).toMatchObject({ ...expected, phase: "tls", host: "127.0.0.1", port: server.port })
    expect(error.sqlState).toBeUndefined()
    expect(error.message).toContain(text)
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test("is asked for with eight bytes, and an error may come in pieces", async () => {
    const received: Buffer[] = []
    const answer = Buffer.from(errorResponse("53300", "full"))
    await using server = await listen((socket) =>
      socket.once("data", (chunk) => {
        received.push(chunk)
        socket.write(answer.subarray(0, 3), () => setImmediate(() => socket.write(answer.subarray(3))))
      }),
    )
    expect((await failure(target({ port: server.port, ...TLS }))).message).toContain('unverified: "full"')
    expect(Buffer.concat(received).toString("hex")).toBe("0000000804d2162f")
  })

  test.each<[how: string, act: (socket: Socket) => void]>([
    ["ends", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
  ])("a server that %s without an answer is PGSD_CONNECTION_LOST", async (_how, act) => {
    await using server = await listen((socket) => socket.once("data", () => act(socket)))
    const error = await failure(target({ port: server.port, ...TLS }))
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST", phase: "tls", retryable: true })
  })
})

describe("one deadline and one signal for all of it", () => {
  const never: LookupFunction = () => {}
  const phases = [
    ["dns", { host: "db.test" }, "the name's lookup"],
    ["tls", TLS, "TLS"],
  ] as const

  test.each(phases)("the time runs out in phase %s", async (phase, overrides, words) => {
    await using server = await listen((socket) => socket.resume())
    const error = await failure(target({ port: server.port, connectTimeoutMs: 400, ...overrides }), { lookup: never, driver: "pg" })
    expect(error).toMatchObject({ driver: "pg", code: "PGSD_CONNECT_TIMEOUT", phase, retryable: true, port: server.port })
    expect(error.message).toMatch(new RegExp(`no connection within 400 ms.*; \\d+ ms went by, the last of them waiting for ${words}`))
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test("the time runs out in phase tcp", async () => {
    // A full backlog would need a kernel's help: connect() that never ends is simulated at the socket.
    const connect = vi.spyOn(NetSocket.prototype, "connect").mockReturnThis()
    try {
      expect(await failure(target({ connectTimeoutMs: 50 }))).toMatchObject({
        code: "PGSD_CONNECT_TIMEOUT",
        phase: "tcp",
        address: "127.0.0.1",
      })
      expect((connect.mock.instances[0] as unknown as Socket).destroyed).toBe(true)
    } finally {
      connect.mockRestore()
    }
  })

  test.each(phases)("the caller gives up in phase %s", async (phase, overrides) => {
    await using server = await listen((socket) => socket.resume())
    const controller = new AbortController()
    const reason = new Error("enough")
    const wanted = target({ port: server.port, ...overrides })
    const deadline = createConnectDeadline(wanted, controller.signal)
    const attempt = dial(wanted, { deadline, lookup: never })
    attempt.catch(() => {})
    await until(() => deadline.phase === phase && (phase === "dns" || server.open.size === 1), `phase ${phase}`)
    controller.abort(reason)
    await expect(attempt).rejects.toBe(reason)
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test("the caller gives up while connecting", async () => {
    await using server = await listen((socket) => socket.resume())
    const controller = new AbortController()
    const attempt = dial(target({ port: server.port }), { signal: controller.signal })
    controller.abort("enough")
    await expect(attempt).rejects.toBe("enough")
  })

  test("an aborted signal opens nothing", async () => {
    await using server = await listen((socket) => socket.resume())
    await expect(dial(target({ port: server.port }), { signal: AbortSignal.abort("enough") })).rejects.toBe("enough")
    expect(server.accepted).toBe(0)
  })

  test("after a failure no timer is left and the caller's signal has no listener", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.write("N")))
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, "removeEventListener")
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
    const before = timers()
    await failure(target({ port: server.port, ...TLS }), { signal })
    await until(() => timers() <= before, "the end of the timer")
    expect(removed).toHaveBeenCalledTimes(1)
  })

  test("whoever takes the socket finds no listener of dial's on the deadline", async () => {
    await using server = await listen(() => {})
    const { deadline } = await open(target({ host: "db.test", port: server.port }), { lookup: resolver("db.test", "127.0.0.1") })
    expect(getEventListeners(deadline.signal, "abort")).toEqual([])
  })

  test("a given deadline is not ended by a failure: its owner may go on", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.write("N")))
    const wanted = target({ port: server.port, connectTimeoutMs: 1_000, ...TLS })
    const deadline = createConnectDeadline(wanted)
    await failure(wanted, { deadline })
    expect(deadline.signal.aborted).toBe(false)
    await until(() => deadline.signal.aborted, "the end of the time")
  })
})

function errorResponse(sqlState: string, message: string): string {
  const fields = `SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`
  const length = Buffer.alloc(4)
  length.writeUInt32BE(fields.length + 4)
  return `E${length.toString("latin1")}${fields}`
}

/** The kind of timer that runs for the socket, from /proc/net/tcp: 00 none, 02 keepalive. */
function kernelTimer(socket: Dialed["socket"]): string | undefined {
  const hex = (port: number | undefined) => (port ?? 0).toString(16).toUpperCase().padStart(4, "0")
  const [local, remote] = [hex(socket.localPort), hex(socket.remotePort)]
  const line = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((each) => each.trim().split(/\s+/))
    .find(([, from, to]) => from?.endsWith(`:${local}`) && to?.endsWith(`:${remote}`))
  return line?.[5]?.split(":")[0]
}
