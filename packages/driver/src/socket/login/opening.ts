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

/** An open session, as passed to the connection. */
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

/** libpq's limit for an error at this stage; nothing else is longer. Keeps an unverified peer from filling the memory. */
const MAX_LOGIN_MESSAGE_BYTES = 30_000
/** All messages together: settings, and the output of a login trigger. */
const MAX_LOGIN_BYTES = 1_000_000

/**
 * Runs the login, from the startup packet to the first ReadyForQuery. Ends with {@link Opened}, or with an error and a destroyed socket.
 */
export class Opening implements WireOwner, TapListener, SocketSession {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly channelBinding: boolean
  /** The peer may not support what was requested: it sent only a refusal, or nothing at all. */
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
  #responded = false
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

  /** `then` is called in the same turn in which the session opens, so that no message of the server is missed; its result is returned. */
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
    this.#wire.disconnect()
    this.#client.disconnected()
    // The caller's own abort reason is passed on unchanged.
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
      if (!this.#responded) {
        this.#responded = true
        const refused = this.#errors.firstAnswer(chunk)
        if (refused !== undefined) throw refused
      }
      this.#receivedBytes += chunk.length
      if (this.#receivedBytes > MAX_LOGIN_BYTES)
        throw new ProtocolViolation(`more than ${MAX_LOGIN_BYTES} bytes arrived before the session was open`)
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

  disconnected(error: Error | undefined): void {
    // postgres.js closes the wire on a wrong server signature before it rejects.
    if (this.#wire.endedByDriver && this.#watch.proofCame) this.fail(this.#errors.unverified())
    else {
      if (!this.#over) this.requestRefused = this.#request.version !== "3.0" && !this.#responded && error === undefined
      this.fail(this.#errors.disconnected(error, this.#responded))
    }
  }

  // Called by the Tap.

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
    if (!this.#watch.done) throw new ProtocolViolation("the server sent ReadyForQuery before authentication")
    this.#status = status
  }

  commandComplete(): void {
    throw new ProtocolViolation("a result arrived before any query")
  }

  bindComplete(): void {}

  portalSuspended(): void {
    throw new ProtocolViolation("a result arrived before any query")
  }

  copyStarted(): void {
    throw new ProtocolViolation("COPY started before any query")
  }

  // No listener can exist yet.
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
