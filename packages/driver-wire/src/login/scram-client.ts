import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { ProtocolViolation } from "@pgsd/driver/socket"
import { type ScramKeys, scramKeys } from "./scram-keys.ts"

/** libpq's SCRAM_RAW_NONCE_LEN. */
const NONCE_BYTES = 18

/**
 * The tls-server-end-point to bind to. `not-offered`: the client supports it and the server did not offer it, which tells a server that did
 * offer it that an intermediary removed the offer. `impossible`: disabled, no TLS, or a certificate without an end point.
 */
export type ChannelBinding = Buffer | "not-offered" | "impossible"

/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677). The toolkit has already checked that the challenge
 * extends the client's nonce, its salt, the number of iterations, and that the final message has a signature.
 */
export class ScramClient {
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS"
  /** The client-first-message. */
  readonly first: string
  /** The GS2 header, followed by the hash for channel binding. */
  readonly #binding: Buffer
  readonly #bareFirst: string
  #serverSignature: Buffer | undefined

  constructor(binding: ChannelBinding, nonce: string = randomBytes(NONCE_BYTES).toString("base64")) {
    const binds = Buffer.isBuffer(binding)
    this.mechanism = binds ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"
    const header = binds ? "p=tls-server-end-point,," : binding === "not-offered" ? "y,," : "n,,"
    this.#binding = Buffer.concat([Buffer.from(header), binds ? binding : Buffer.alloc(0)])
    // The user name is taken from the startup packet.
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
   * Verifies the server-final-message: only a peer that knows the password or its verifier can sign it.
   *
   * @throws Error if the signature is wrong
   */
  verify(final: string): void {
    const given = Buffer.from(/^v=([^,]*)/.exec(final)?.[1] ?? "", "base64")
    const expected = this.#serverSignature
    if (expected === undefined) throw new ProtocolViolation("the server's SCRAM signature arrived before the client's proof")
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
