import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { ProtocolViolation } from "@pgsd/driver/socket"
import { type ScramKeys, scramKeys } from "./scram-keys.ts"

/** libpq's SCRAM_RAW_NONCE_LEN. */
const NONCE_BYTES = 18

/**
 * The tls-server-end-point to bind to. `not-offered`: we could, and the server did not offer it: a server that did learns by this that
 * something between took its offer away. `impossible`: switched off, no TLS, or a certificate without an end point.
 */
export type ChannelBinding = Buffer | "not-offered" | "impossible"

/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677). The toolkit has checked the challenge before it comes
 * here: that it goes on from our nonce, its salt, and how many iterations it asks for; and that the final message has a signature.
 */
export class ScramClient {
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS"
  /** The client-first-message. */
  readonly first: string
  /** The GS2 header, and with channel binding the hash behind it. */
  readonly #binding: Buffer
  readonly #bareFirst: string
  #serverSignature: Buffer | undefined

  constructor(binding: ChannelBinding, nonce: string = randomBytes(NONCE_BYTES).toString("base64")) {
    const binds = Buffer.isBuffer(binding)
    this.mechanism = binds ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"
    const header = binds ? "p=tls-server-end-point,," : binding === "not-offered" ? "y,," : "n,,"
    this.#binding = Buffer.concat([Buffer.from(header), binds ? binding : Buffer.alloc(0)])
    // The user's name is that of the startup packet.
    this.#bareFirst = `n=,r=${nonce}`
    this.first = header + this.#bareFirst
  }

  /** @returns the client-final-message */
  async answer(challenge: string, password: string): Promise<string> {
    const [nonce = "", salt = "", iterations = ""] = challenge.split(",").map((attribute) => attribute.slice(2))
    const { clientKey, serverKey } = await scramKeys(password, salt, Number(iterations))
    const withoutProof = `c=${this.#binding.toString("base64")},r=${nonce}`
    const authMessage = `${this.#bareFirst},${challenge},${withoutProof}`
    this.#serverSignature = hmac(serverKey, authMessage)
    return `${withoutProof},p=${proof({ clientKey, serverKey }, authMessage)}`
  }

  /**
   * The server-final-message: only who knows the password (or its verifier) can sign.
   *
   * @throws Error when it is not the right signature
   */
  verify(final: string): void {
    const given = Buffer.from(/^v=([^,]*)/.exec(final)?.[1] ?? "", "base64")
    const expected = this.#serverSignature
    if (expected === undefined) throw new ProtocolViolation("the server's SCRAM signature came before our proof")
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("the server's SCRAM signature is wrong")
  }
}

function proof({ clientKey }: ScramKeys, authMessage: string): string {
  const storedKey = createHash("sha256").update(clientKey).digest()
  const signature = hmac(storedKey, authMessage)
  return Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString("base64")
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}
