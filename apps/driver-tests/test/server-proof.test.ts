import type { Socket } from "node:net"
import { expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"
import { peer } from "./support/peer.ts"

const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

function authentication(kind: number, body: string): Buffer {
  const head = Buffer.from([0x52, 0, 0, 0, 0, 0, 0, 0, kind])
  head.writeUInt32BE(8 + Buffer.byteLength(body), 1)
  return Buffer.concat([head, Buffer.from(body)])
}

/** Goes through SCRAM without knowing the password, and signs with something else. */
function impostor(socket: Socket): void {
  socket.write(authentication(SASL, "SCRAM-SHA-256\0\0"))
  socket.once("data", (first: Buffer) => {
    const nonce = /r=([^,]+)$/.exec(first.toString("latin1"))![1]!
    socket.write(authentication(SASL_CONTINUE, `r=${nonce}more,s=${Buffer.alloc(16, 1).toString("base64")},i=4096`))
    socket.once("data", () => socket.write(authentication(SASL_FINAL, `v=${Buffer.alloc(32, 2).toString("base64")}`)))
  })
}

test.each(DRIVERS)("a server that does not know the password is one code, which no retry cures, over $name", async ({ load }) => {
  const { target } = await peer(impostor)
  const connecting = (await load()).connect(target)
  await expect(connecting).rejects.toMatchObject({ code: "PGSD_SERVER_UNVERIFIED", phase: "auth", retryable: false })
})
