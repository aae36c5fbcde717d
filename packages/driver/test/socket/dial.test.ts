import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { type LookupFunction, Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Dialed } from "@pgsd/driver/socket"
import { describe, expect, test, vi } from "vitest"
import { failure, open, resolver, TLS, target } from "../support/dialing.ts"
import { listen, until } from "../support/test-server.ts"

describe("a plain socket", () => {
  test("is connected, paused, and shares the deadline of the attempt", async () => {
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

  test("early bytes of the server reach a listener added later", async () => {
    await using server = await listen((socket) => socket.write("hello"))
    const { socket } = await open(target({ port: server.port }))
    await until(() => socket.bytesRead > 0, "the server's bytes")
    const chunk = await new Promise<Buffer>((resolve) => socket.once("data", resolve))
    expect(chunk.toString()).toBe("hello")
  })

  test("an error after dial without a listener does not end the process", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()))
    const { socket } = await open(target({ port: server.port }))
    socket.write("x")
    await until(() => socket.destroyed, "the socket's death")
    expect(socket.errored).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) })
  })

  test("disables Nagle's algorithm, and sets keepalive as configured", async () => {
    await using server = await listen(() => {})
    const noDelay = vi.spyOn(Socket.prototype, "setNoDelay")
    const keepAlive = vi.spyOn(Socket.prototype, "setKeepAlive")
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
  test("resolves a name with the given lookup, and dials its first address", async () => {
    await using server = await listen(() => {})
    const { address } = await open(target({ host: "db.test", port: server.port }), {
      lookup: resolver("db.test", "127.0.0.1", "192.0.2.1"),
    })
    expect(address).toBe("127.0.0.1")
  })

  test("accepts a lookup that returns one address, as dns.lookup does without `all`", async () => {
    await using server = await listen(() => {})
    const { address } = await open(target({ host: "db.test", port: server.port }), {
      lookup: (_host, _options, done) => done(null, "127.0.0.1", 4),
    })
    expect(address).toBe("127.0.0.1")
  })

  test("does not resolve an address, nor a host with a hostaddr", async () => {
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

  test("a port without a listener is PGSD_CONNECTION_REFUSED in phase tcp", async () => {
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
  test("a directory means the socket in it, never with TLS", async () => {
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

  test("a missing socket is PGSD_SOCKET_NOT_FOUND", async () => {
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

/** The timer that runs for the socket, from /proc/net/tcp: 00 none, 02 keepalive. */
function kernelTimer(socket: Dialed["socket"]): string | undefined {
  const hex = (port: number | undefined) => (port ?? 0).toString(16).toUpperCase().padStart(4, "0")
  const [local, remote] = [hex(socket.localPort), hex(socket.remotePort)]
  const line = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((each) => each.trim().split(/\s+/))
    .find(([, from, to]) => from?.endsWith(`:${local}`) && to?.endsWith(`:${remote}`))
  return line?.[5]?.split(":")[0]
}
