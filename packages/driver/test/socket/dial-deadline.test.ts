import { getEventListeners } from "node:events"
import { type LookupFunction, Socket } from "node:net"
import { createConnectDeadline, dial } from "@pgsd/driver/socket"
import { describe, expect, test, vi } from "vitest"
import { failure, open, resolver, TLS, target } from "../support/dialing.ts"
import { listen, until } from "../support/test-server.ts"

describe("one deadline and one signal for all phases", () => {
  const never: LookupFunction = () => {}
  const phases = [
    ["dns", { host: "db.test" }, "the DNS lookup"],
    ["tls", TLS, "TLS"],
  ] as const

  test.each(phases)("times out in phase %s", async (phase, overrides, message) => {
    await using server = await listen((socket) => socket.resume())
    const error = await failure(target({ port: server.port, connectTimeoutMs: 400, ...overrides }), { lookup: never, driver: "pg" })
    expect(error).toMatchObject({ driver: "pg", code: "PGSD_CONNECT_TIMEOUT", phase, retryable: true, port: server.port })
    expect(error.message).toMatch(new RegExp(`no connection within 400 ms.*; \\d+ ms elapsed, most recently waiting for ${message}`))
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test("times out in phase tcp", async () => {
    // A full backlog would need the kernel's help: a connect() that never ends is simulated at the socket.
    const connect = vi.spyOn(Socket.prototype, "connect").mockReturnThis()
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

  test.each(phases)("is aborted in phase %s", async (phase, overrides) => {
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

  test("is aborted while connecting", async () => {
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

  test("leaves no timer and no listener on the caller's signal after a failure", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.write("N")))
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, "removeEventListener")
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
    const before = timers()
    await failure(target({ port: server.port, ...TLS }), { signal })
    await until(() => timers() <= before, "the end of the timer")
    expect(removed).toHaveBeenCalledTimes(1)
  })

  test("leaves no listener on the deadline after success", async () => {
    await using server = await listen(() => {})
    const { deadline } = await open(target({ host: "db.test", port: server.port }), { lookup: resolver("db.test", "127.0.0.1") })
    expect(getEventListeners(deadline.signal, "abort")).toEqual([])
  })

  test("does not end a given deadline on failure: its owner may continue", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.write("N")))
    const wanted = target({ port: server.port, connectTimeoutMs: 1_000, ...TLS })
    const deadline = createConnectDeadline(wanted)
    await failure(wanted, { deadline })
    expect(deadline.signal.aborted).toBe(false)
    await until(() => deadline.signal.aborted, "the end of the time")
  })
})
