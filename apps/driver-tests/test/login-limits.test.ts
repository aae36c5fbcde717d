import type { Socket } from "node:net"
import { describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { peer } from "./support/peer.ts"

const AUTHENTICATION_OK = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])

function message(type: string, body: Buffer, length = 4 + body.length): Buffer {
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, body])
}

const settings = Buffer.concat(Array.from({ length: 1_000 }, (_, n) => message("S", Buffer.from(`name${n}\0${"x".repeat(60)}\0`))))

/** Writes for as long as the other side reads. */
function pour(socket: Socket, bytes: Buffer, first = bytes): void {
  socket.write(first)
  while (!socket.destroyed && socket.write(bytes));
  if (!socket.destroyed) socket.once("drain", () => pour(socket, bytes))
}

describe.each(DRIVERS)("a peer that sends endless data before the session is open, over $name", async ({ load }) => {
  const driver = await load()

  test.each([
    ["settings without end", (socket: Socket) => pour(socket, settings), "1000000 bytes"],
    ["a notice of 1 GB", (socket: Socket) => pour(socket, settings, message("N", Buffer.alloc(0), 2 ** 30 - 1)), "1073741823 bytes"],
    ["an error of 31 kB", (socket: Socket) => socket.write(message("E", Buffer.alloc(31_000, "M"))), "31004 bytes"],
  ] as const)("%s: refused, and little of it was read", async (_name, speak, message) => {
    const { target, sockets } = await peer((socket) => {
      socket.write(AUTHENTICATION_OK)
      speak(socket)
    })
    const connecting = driver.connect(target)
    await expect(connecting).rejects.toMatchObject({
      code: "PGSD_PROTOCOL_VIOLATION",
      message: expect.stringContaining(message),
      retryable: false,
    })
    // What the system's buffers hold is written, and not read.
    for (const socket of sockets) expect(socket.bytesWritten).toBeLessThan(32 * 2 ** 20)
  })
})
