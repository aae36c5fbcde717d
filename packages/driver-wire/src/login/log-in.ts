import { createHash } from "node:crypto"
import { ProtocolViolation, type SocketSession, Tap, type TapListener, type Wire } from "@pgsd/driver/socket"
import { type ChannelBinding, ScramClient } from "./scram-client.ts"
import { serverEndPoint } from "./server-end-point.ts"

/** AuthenticationRequest codes (PostgreSQL documentation, "Message Formats"). The toolkit rejects all others. */
const CLEARTEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

/** PasswordMessage, SASLInitialResponse, SASLResponse. */
const ANSWER = 0x70

/**
 * The client's side of the login: responds to the server's requests until the first ReadyForQuery. The toolkit has read the same messages
 * before: it writes the startup packet, checks which requests are allowed in which order, and limits the time.
 */
export function logIn(wire: Wire, session: SocketSession): Promise<void> {
  return new Promise((resolve) => {
    const login = new Login(wire, session, resolve)
    const tap = new Tap(login)
    wire.on("data", (chunk: Buffer) => tap.read(chunk))
    wire.write(Buffer.from("replaced by the toolkit's startup packet"))
  })
}

class Login implements TapListener {
  readonly #wire: Wire
  readonly #session: SocketSession
  readonly #ready: () => void
  #scram: ScramClient | undefined

  constructor(wire: Wire, session: SocketSession, ready: () => void) {
    this.#wire = wire
    this.#session = session
    this.#ready = ready
  }

  authentication(kind: number, body: Buffer): void {
    if (kind === CLEARTEXT) this.#answer(`${this.#session.password()}\0`)
    else if (kind === MD5) this.#answer(`${md5Answer(this.#session.user, this.#session.password(), body)}\0`)
    else if (kind === SASL) this.#beginSasl(body)
    else if (kind === SASL_CONTINUE) this.#proveScram(body.toString("utf8"))
    else if (kind === SASL_FINAL) this.#scram?.verify(body.toString("utf8"))
  }

  readyForQuery(): void {
    this.#wire.removeAllListeners("data")
    this.#ready()
  }

  #beginSasl(body: Buffer): void {
    const offered = body.toString("latin1").split("\0")
    const scram = new ScramClient(this.#channelBinding(offered.includes("SCRAM-SHA-256-PLUS")))
    this.#scram = scram
    const first = Buffer.from(scram.first)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(first.length)
    this.#answer(Buffer.concat([Buffer.from(`${scram.mechanism}\0`), length, first]))
  }

  #channelBinding(offered: boolean): ChannelBinding {
    if (!this.#session.channelBinding) return "impossible"
    if (!offered) return "not-offered"
    return serverEndPoint(this.#wire.getPeerCertificate().raw) ?? "impossible"
  }

  #proveScram(challenge: string): void {
    if (this.#scram === undefined) throw new ProtocolViolation("unexpected SCRAM challenge")
    this.#scram.answer(challenge, this.#session.password()).then(
      (final) => this.#answer(final),
      (error: unknown) => this.#session.fail(error),
    )
  }

  #answer(body: Buffer | string): void {
    const bytes = typeof body === "string" ? Buffer.from(body) : body
    const head = Buffer.from([ANSWER, 0, 0, 0, 0])
    head.writeUInt32BE(4 + bytes.length, 1)
    this.#wire.write(Buffer.concat([head, bytes]))
  }

  // Handled by the toolkit.
  backendKeyData(): void {}
  commandComplete(): void {}
  copyStarted(): void {}
  bindComplete(): void {}

  portalSuspended(): void {}
  error(): void {}
  negotiateProtocolVersion(): void {}
  notice(): void {}
  notification(): void {}
  parameterStatus(): void {}
}

/** The response to AuthenticationMD5Password: `"md5" + md5(md5(password + user) + salt)`, in hexadecimal. */
function md5Answer(user: string, password: string, body: Buffer): string {
  if (body.length < 4) throw new ProtocolViolation("the salt of an MD5 password is truncated")
  return `md5${md5(Buffer.concat([Buffer.from(md5(password + user)), body.subarray(0, 4)]))}`
}

function md5(data: string | Buffer): string {
  return createHash("md5").update(data).digest("hex")
}
