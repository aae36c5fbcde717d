import type { ServerError } from "../../classify.ts"
import type { ConnectionPlace } from "../../errors.ts"
import { onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"
import type { SocketAdapter, SocketClient, SocketSession } from "../adapter.ts"
import type { Dialed } from "../dial/dialed.ts"
import { startupPacket } from "../protocol/frontend-message.ts"
import { checkNegotiation } from "../protocol/protocol-version.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { mayRefuse, type StartupRequest } from "../protocol/startup-request.ts"
import { Tap, type TapListener, type TransactionStatus } from "../protocol/tap.ts"
import { Wire, type WireOwner } from "../protocol/wire.ts"
import { AuthenticationWatch } from "./authentication.ts"
import { HandshakeErrors } from "./handshake-errors.ts"
import { resolvePassword } from "./resolve-password.ts"

/** A session that is open: what the connection goes on with. */
export interface Opened {
  readonly wire: Wire
  readonly tap: Tap
  readonly client: SocketClient
  readonly watch: AuthenticationWatch
  readonly parameters: Record<string, string>
  readonly processId: number
  readonly secretKey: Buffer | undefined
  readonly status: TransactionStatus
}

/** libpq's limit for an error at that time; nothing else is longer. An unverified peer must not fill the memory. */
const MAX_LOGIN_MESSAGE_BYTES = 30_000
/** All messages together: settings, and what a login trigger says. */
const MAX_LOGIN_BYTES = 1_000_000

/** From the startup packet to the first ReadyForQuery. Ends in {@link Opened}, or in an error and a socket that is destroyed. */
export class Opening implements WireOwner, TapListener, SocketSession {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly channelBinding: boolean
  /** What was asked for may not be known there: nothing came but a refusal, or nothing at all. */
  requestRefused = false
  readonly #request: StartupRequest
  readonly #target: Target
  readonly #errors: HandshakeErrors
  readonly #dialed: Dialed
  readonly #wire: Wire
  readonly #tap: Tap
  readonly #watch: AuthenticationWatch
  readonly #client: SocketClient
  readonly #parameters: Record<string, string> = {}
  #started = false
  #spoke = false
  #receivedBytes = 0
  #negotiated = false
  #password: string | undefined
  #needsPassword: "plain" | "normalized" | undefined
  #processId = 0
  #secretKey: Buffer | undefined
  #status: TransactionStatus | undefined
  #driverConnected = false
  #unlisten: () => void = () => {}
  #over = false
  #successor: Pick<SocketSession, "fail"> | undefined
  #resolve!: (opened: Opened) => void
  #reject!: (error: unknown) => void

  constructor(adapter: SocketAdapter, target: Target, dialed: Dialed, place: ConnectionPlace, request: StartupRequest) {
    const binding = target.auth?.channelBinding ?? "prefer"
    this.host = target.host
    this.port = target.port ?? 5432
    this.user = target.user
    this.database = target.database ?? target.user
    this.channelBinding = adapter.channelBinding && dialed.tls !== undefined && binding !== "disable"
    this.#request = request
    this.#target = target
    this.#dialed = dialed
    this.#wire = new Wire(dialed.socket)
    this.#tap = new Tap(this)
    this.#tap.maxLength = MAX_LOGIN_MESSAGE_BYTES
    this.#watch = new AuthenticationWatch(target.auth)
    this.#errors = new HandshakeErrors(place, this.#watch)
    this.#client = adapter.construct(this.#wire, this)
  }

  /** `then` is called in the very turn in which the session is open, so that nothing of the server's is missed; its result takes over. */
  run<T extends Pick<SocketSession, "fail">>(then: (opened: Opened) => T): Promise<T> {
    const { deadline } = this.#dialed
    return new Promise<T>((resolve, reject) => {
      this.#resolve = (opened) => {
        const successor = then(opened)
        this.#successor = successor
        resolve(successor)
      }
      this.#reject = reject
      if (deadline.signal.aborted) return this.#aborted()
      this.#unlisten = onAbort(deadline.signal, this.#aborted)
      this.#wire.attach(this)
      this.#client.connect().then(
        () => {
          this.#driverConnected = true
          this.#finish()
        },
        (error: unknown) => this.fail(error),
      )
    })
  }

  // The driver's side.

  password(): string {
    return this.#password ?? ""
  }

  fail(error: unknown): void {
    if (this.#over) {
      this.#successor?.fail(error)
      return
    }
    this.#end()
    this.#wire.cut()
    this.#client.goodbye()
    // The caller's own reason to abort comes out as it is.
    this.#reject(error === this.#dialed.deadline.reason ? error : this.#errors.other(error))
  }

  sending(chunk: Buffer): Buffer | undefined {
    if (!this.#started) {
      this.#started = true
      return startupPacket(this.#target, this.#request)
    }
    try {
      this.#watch.answered(chunk)
      return chunk
    } catch (error) {
      this.fail(error)
      return undefined
    }
  }

  // The socket's side.

  received(chunk: Buffer): "pass" | "hold" {
    try {
      if (!this.#spoke) {
        this.#spoke = true
        const refused = this.#errors.firstAnswer(chunk)
        if (refused !== undefined) throw refused
      }
      this.#receivedBytes += chunk.length
      if (this.#receivedBytes > MAX_LOGIN_BYTES)
        throw new ProtocolViolation(`more than ${MAX_LOGIN_BYTES} bytes came before the session was open`)
      this.#tap.read(chunk)
    } catch (error) {
      this.fail(error)
      return "pass"
    }
    if (this.#needsPassword === undefined || this.#over) return "pass"
    this.#providePassword(this.#needsPassword === "normalized")
    return "hold"
  }

  delivered(): void {
    this.#finish()
  }

  driverThrew(error: unknown): void {
    this.fail(error)
  }

  gone(error: Error | undefined): void {
    // postgres.js cuts the wire when the server's signature is wrong, before it rejects.
    if (this.#wire.endedByDriver && this.#watch.proofCame) this.fail(this.#errors.unverified())
    else {
      if (!this.#over) this.requestRefused = this.#request.version !== "3.0" && !this.#spoke && error === undefined
      this.fail(this.#errors.gone(error, this.#spoke))
    }
  }

  // What the Tap tells.

  authentication(kind: number, body: Buffer): void {
    this.#dialed.deadline.phase = "auth"
    if (this.#watch.requested(kind, body) === "password-needed")
      this.#needsPassword = this.#watch.method === "scram-sha-256" ? "normalized" : "plain"
  }

  backendKeyData(processId: number, secretKey: Buffer): void {
    this.#processId = processId
    this.#secretKey = secretKey
  }

  parameterStatus(name: string, value: string): void {
    this.#parameters[name] = value
  }

  negotiateProtocolVersion(version: number, refusedOptions: number): void {
    if (this.#watch.begun || this.#watch.done) throw new ProtocolViolation("the server negotiates the protocol after authentication began")
    checkNegotiation(this.#request.version, version, refusedOptions)
    this.#negotiated = true
  }

  error(error: ServerError): void {
    this.requestRefused = !this.#negotiated && !this.#watch.begun && !this.#watch.done && mayRefuse(this.#request, error)
    this.fail(this.#errors.server(error))
  }

  readyForQuery(status: TransactionStatus): void {
    if (!this.#watch.done) throw new ProtocolViolation("the server is ready for queries before it authenticated us")
    this.#status = status
  }

  commandComplete(): void {
    throw new ProtocolViolation("a result came before any query")
  }

  bindComplete(): void {}

  portalSuspended(): void {
    throw new ProtocolViolation("a result came before any query")
  }

  copyStarted(): void {
    throw new ProtocolViolation("a COPY began before any query")
  }

  // There can be no listener yet.
  notice(): void {}

  notification(): void {}

  readonly #aborted = () => this.fail(this.#dialed.deadline.reason)

  #finish(): void {
    if (this.#over || this.#status === undefined || !this.#driverConnected) return
    this.#end()
    this.#password = undefined
    this.#resolve({
      wire: this.#wire,
      tap: this.#tap,
      client: this.#client,
      watch: this.#watch,
      parameters: this.#parameters,
      processId: this.#processId,
      secretKey: this.#secretKey,
      status: this.#status,
    })
  }

  #end(): void {
    this.#over = true
    this.#unlisten()
    this.#dialed.deadline.end()
  }

  #providePassword(normalize: boolean): void {
    this.#needsPassword = undefined
    resolvePassword(this.#target, { signal: this.#dialed.deadline.signal, normalize }).then(
      (password) => {
        if (this.#over) return
        if (password === undefined || password === "") return this.fail(this.#errors.noPassword())
        this.#password = password
        this.#wire.release()
      },
      (error: unknown) => this.fail(error),
    )
  }
}
