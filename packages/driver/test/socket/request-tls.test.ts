import type { Socket } from "node:net"
import { describe, expect, test } from "vitest"
import { failure, TLS, target } from "../support/dialing.ts"
import { listen, until } from "../support/test-server.ts"

describe("the answer to SSLRequest", () => {
  test.each<[what: string, answer: string, expected: object, text: string]>([
    ["N", "N", { code: "PGSD_TLS_UNSUPPORTED", retryable: false }, "the server does not support TLS"],
    ["S and another byte (CVE-2021-23222)", "SX", { code: "PGSD_PROTOCOL_VIOLATION", retryable: false }, "unencrypted bytes follow"],
    ["N and another byte", "NR", { code: "PGSD_PROTOCOL_VIOLATION", retryable: false }, "unencrypted bytes follow"],
    ["HTTP", "HTTP/1.1 400 Bad Request\r\n", { code: "PGSD_NOT_POSTGRES", retryable: false }, "does not speak the PostgreSQL protocol"],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n", { code: "PGSD_NOT_POSTGRES" }, "does not speak the PostgreSQL protocol"],
    ["MySQL", "J\0\0\0\n8.0.36", { code: "PGSD_NOT_POSTGRES" }, "does not speak the PostgreSQL protocol"],
    [
      "a server that cannot start a process, in protocol 2",
      "Ecould not fork new process for connection: Cannot allocate memory\n\0",
      { code: "PGSD_TLS_FAILED", retryable: true },
      'unverified error: "could not fork new process for connection: Cannot allocate memory"',
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
      'unverified error: "a [2J b"',
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

  test("is requested with eight bytes, and an error may arrive in parts", async () => {
    const received: Buffer[] = []
    const answer = Buffer.from(errorResponse("53300", "full"))
    await using server = await listen((socket) =>
      socket.once("data", (chunk) => {
        received.push(chunk)
        socket.write(answer.subarray(0, 3), () => setImmediate(() => socket.write(answer.subarray(3))))
      }),
    )
    expect((await failure(target({ port: server.port, ...TLS }))).message).toContain('unverified error: "full"')
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

function errorResponse(sqlState: string, message: string): string {
  const fields = `SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`
  const length = Buffer.alloc(4)
  length.writeUInt32BE(fields.length + 4)
  return `E${length.toString("latin1")}${fields}`
}
