import type { Socket } from "node:net"
import { describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { peer } from "./support/peer.ts"

const CLEARTEXT = 3
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

function authentication(kind: number, body: string): Buffer {
  const head = Buffer.from([0x52, 0, 0, 0, 0, 0, 0, 0, kind])
  head.writeUInt32BE(8 + Buffer.byteLength(body), 1)
  return Buffer.concat([head, Buffer.from(body)])
}

/** Completes SCRAM without knowing the password; the last message is a parameter. */
const impostor = (final: string) => (socket: Socket) => {
  socket.write(authentication(SASL, "SCRAM-SHA-256\0\0"))
  socket.once("data", (first: Buffer) => {
    const nonce = /r=([^,]+)$/.exec(first.toString("latin1"))![1]!
    socket.write(authentication(SASL_CONTINUE, `r=${nonce}more,s=${Buffer.alloc(16, 1).toString("base64")},i=4096`))
    socket.once("data", () => socket.write(authentication(SASL_FINAL, final)))
  })
}

const signature = (byte: number) => `v=${Buffer.alloc(32, byte).toString("base64")}`

describe.each(DRIVERS)("a server that does not know the password has one error code, not retryable, over $name", ({ load }) => {
  test.each([
    ["a signature of something else", signature(2)],
    ["an error", "e=other-error"],
    ["nothing", ""],
    ["a signature that is too short", "v=AAAA"],
    ["a signature behind something else", `x=1,${signature(2)}`],
  ])("%s", async (_what, final) => {
    const { target } = await peer(impostor(final))
    const connecting = (await load()).connect(target)
    await expect(connecting).rejects.toMatchObject({ code: "PGSD_SERVER_UNVERIFIED", phase: "auth", retryable: false })
  })

  test("a second authentication request gets no password", async () => {
    const said: Buffer[] = []
    const { target } = await peer((socket) => {
      socket.write(authentication(SASL, "SCRAM-SHA-256\0\0"))
      socket.once("data", () => {
        socket.on("data", (chunk: Buffer) => said.push(chunk))
        socket.write(authentication(CLEARTEXT, ""))
      })
    })
    const connecting = (await load()).connect({ ...target, password: "hunter2" })
    await expect(connecting).rejects.toMatchObject({ code: "PGSD_PROTOCOL_VIOLATION", retryable: false })
    expect(Buffer.concat(said).toString("latin1")).not.toContain("hunter2")
  })
})
