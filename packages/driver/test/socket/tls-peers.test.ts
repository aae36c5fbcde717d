import type { Socket } from "node:net"
import type { Target } from "@pgsd/driver"
import { dial } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"
import { listen, until } from "../support/test-server.ts"

describe("peers that violate the TLS negotiation", () => {
  const direct = (port: number): Target => ({
    host: "127.0.0.1",
    port,
    user: "app",
    encryption: "tls",
    connectTimeoutMs: 5_000,
    tls: { verify: "none", negotiation: "direct" },
  })

  test.each<[what: string, serve: Parameters<typeof listen>[0]]>([
    ["closes, as PostgreSQL before 17 does", (socket) => socket.once("data", () => socket.end())],
    ["resets", (socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["answers in plain text", (socket) => socket.once("data", () => socket.write("EFATAL: unsupported frontend protocol\0"))],
  ])("direct TLS with a server that %s is PGSD_TLS_UNSUPPORTED", async (_what, serve) => {
    await using server = await listen(serve)
    const error = await dial(direct(server.port)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "PGSD_TLS_UNSUPPORTED", phase: "tls", retryable: false })
    expect((error as Error).message).toContain("direct TLS needs PostgreSQL 17 or newer")
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test.each<[what: string, then: (socket: Socket) => void, expected: object]>([
    ["closes after S", (socket) => socket.end(), { code: "PGSD_CONNECTION_LOST", retryable: true }],
    [
      "talks plain text after S",
      (socket) => socket.once("data", () => socket.write("hello, not TLS")),
      { code: "PGSD_TLS_FAILED", retryable: false },
    ],
  ])("%s", async (_what, then, expected) => {
    await using server = await listen((socket) =>
      socket.once("data", () => {
        socket.write("S")
        then(socket)
      }),
    )
    const target: Target = { ...direct(server.port), tls: { verify: "none" } }
    const error = await dial(target).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ ...expected, phase: "tls" })
    await until(() => server.open.size === 0, "the server's side closed")
  })

  test("an unresponsive handshake ends at the deadline or on abort", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.resume().write("S")))
    const target: Target = { ...direct(server.port), connectTimeoutMs: 400, tls: { verify: "none" } }
    await expect(dial(target)).rejects.toMatchObject({ code: "PGSD_CONNECT_TIMEOUT", phase: "tls" })
    const controller = new AbortController()
    const attempt = dial({ ...target, connectTimeoutMs: 5_000 }, { signal: controller.signal })
    await until(() => server.accepted === 2, "the second connection")
    controller.abort("enough")
    await expect(attempt).rejects.toBe("enough")
    await until(() => server.open.size === 0, "the server's side closed")
  })
})
