import { fromServer, place, type ServerError } from "../classify.ts"
import { type ConnectionPlace, DatabaseConnectionError, type DatabaseConnectionErrorOptions, isPgsdError } from "../errors.ts"
import type { Target } from "../target.ts"
import type { SocketAdapter, SocketClient, SocketSession } from "./adapter.ts"
import { AuthenticationRefused, AuthenticationWatch } from "./authentication.ts"
import type { Dialed } from "./dialed.ts"
import { startupPacket } from "./frontend-message.ts"
import { Message } from "./message.ts"
import { ProtocolViolation } from "./protocol-violation.ts"
import { refusalText } from "./refusal-text.ts"
import { resolvePassword } from "./resolve-password.ts"
import { Tap, type TapListener, type TransactionStatus } from "./tap.ts"
import { Wire, type WireOwner } from "./wire.ts"

/** What a server may answer a startup packet with. */
const FIRST_ANSWERS: ReadonlySet<number> = new Set([
  Message.authentication,
  Message.errorResponse,
  Message.noticeResponse,
  Message.negotiateProtocolVersion,
])

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

/** From the startup packet to the first ReadyForQuery. Ends in {@link Opened}, or in an error and a socket that is destroyed. */
export class Opening implements WireOwner, TapListener, SocketSession {
  readonly user: string
  readonly database: string
  readonly channelBinding: boolean
  readonly #target: Target
  readonly #place: ConnectionPlace
  readonly #dialed: Dialed
  readonly #wire: Wire
  readonly #tap: Tap
  readonly #watch: AuthenticationWatch
  readonly #client: SocketClient
  readonly #parameters: Record<string, string> = {}
  #started = false
  #spoke = false
  #password: string | undefined
  #needsPassword: "plain" | "normalized" | undefined
  #processId = 0
  #secretKey: Buffer | undefined
  #status: TransactionStatus | undefined
  #driverConnected = false
  #over = false
  #successor: Pick<SocketSession, "fail"> | undefined
  #resolve!: (opened: Opened) => void
  #reject!: (error: unknown) => void

  constructor(adapter: SocketAdapter, target: Target, dialed: Dialed, place: ConnectionPlace) {
    const binding = target.auth?.channelBinding ?? "prefer"
    this.user = target.user
    this.database = target.database ?? target.user
    this.channelBinding = adapter.channelBinding && dialed.tls !== undefined && binding !== "disable"
    this.#target = target
    this.#place = place
    this.#dialed = dialed
    this.#wire = new Wire(dialed.socket)
    this.#tap = new Tap(this)
    this.#watch = new AuthenticationWatch(target.auth)
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
      deadline.signal.addEventListener("abort", this.#aborted, { once: true })
      if (deadline.signal.aborted) return this.#aborted()
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
    this.#reject(this.#explain(error))
  }

  sending(chunk: Buffer): Buffer | undefined {
    if (!this.#started) {
      this.#started = true
      return startupPacket(this.#target)
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
      if (!this.#spoke) this.#checkFirst(chunk)
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
    // With TLS 1.3 the client has finished its handshake when the server looks at the client's certificate.
    const alert = this.#spoke ? undefined : tlsAlert(error)
    if (alert !== undefined) {
      const hint = "does the server trust the client's certificate, and has it not expired?"
      this.fail(this.#error("PGSD_TLS_FAILED", `the server refused TLS: ${alert}`, { phase: "tls", cause: error, hint }))
      return
    }
    const words = error === undefined ? "the server closed the connection" : "the connection broke"
    const when = this.#watch.done ? "before it was ready" : this.#watch.begun ? "during authentication" : "without an answer"
    this.fail(this.#error("PGSD_CONNECTION_LOST", `${words} ${when}`, { cause: error, retryable: true }))
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

  error(error: ServerError): void {
    this.fail(fromServer(error, undefined, { ...this.#place, phase: error.sqlState.startsWith("28") ? "auth" : "startup" }))
  }

  readyForQuery(status: TransactionStatus): void {
    if (!this.#watch.done) throw new ProtocolViolation("the server is ready for queries before it authenticated us")
    this.#status = status
  }

  commandComplete(): void {
    throw new ProtocolViolation("a result came before any query")
  }

  copyStarted(): void {
    throw new ProtocolViolation("a COPY began before any query")
  }

  // Nobody can listen yet.
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
    this.#dialed.deadline.signal.removeEventListener("abort", this.#aborted)
    this.#dialed.deadline.end()
  }

  #providePassword(normalize: boolean): void {
    this.#needsPassword = undefined
    resolvePassword(this.#target, { signal: this.#dialed.deadline.signal, normalize }).then(
      (password) => {
        if (this.#over) return
        if (password === undefined || password === "") return this.fail(this.#noPassword())
        this.#password = password
        this.#wire.release()
      },
      (error: unknown) => this.fail(error),
    )
  }

  // A peer that is something else answers at once, or sends bytes that frame no message.
  #checkFirst(chunk: Buffer): void {
    const [first] = chunk
    if (first === undefined) return
    this.#spoke = true
    if (!FIRST_ANSWERS.has(first)) throw this.#notPostgres(chunk)
    const length = chunk.length < 5 ? undefined : chunk.readUInt32BE(1)
    if (length === undefined || (length >= 8 && length <= 30_000)) return
    const old = first === Message.errorResponse ? refusalText(chunk) : undefined
    if (old === undefined) throw this.#notPostgres(chunk)
    throw this.#error("PGSD_OUT_OF_RESOURCES", old.text, { retryable: old.retryable })
  }

  #notPostgres(chunk: Buffer): DatabaseConnectionError {
    const text = chunk
      .toString("latin1", 0, 60)
      .replace(/[^\x20-\x7e]+/g, " ")
      .trim()
    return this.#error("PGSD_NOT_POSTGRES", `what answers there is not PostgreSQL: it said "${text}"`, { hint: "check host and port" })
  }

  #noPassword(): DatabaseConnectionError {
    const hint = "give the target a password, or let pg_hba.conf ask for none"
    return this.#error("PGSD_AUTH_FAILED", "the server asks for a password and none was given", { phase: "auth", hint })
  }

  #explain(error: unknown): unknown {
    if (isPgsdError(error) || this.#dialed.deadline.signal.aborted) return error
    if (error instanceof AuthenticationRefused)
      return this.#error("PGSD_AUTH_UNSUPPORTED", error.message, { phase: "auth", hint: error.hint })
    if (error instanceof ProtocolViolation) return this.#error("PGSD_PROTOCOL_VIOLATION", error.message)
    const text = error instanceof Error ? error.message : String(error)
    return this.#error(this.#watch.begun && !this.#watch.done ? "PGSD_AUTH_FAILED" : "PGSD_UNKNOWN", text, { cause: error })
  }

  #error(code: string, fact: string, options: DatabaseConnectionErrorOptions = {}): DatabaseConnectionError {
    const phase = options.phase ?? (this.#watch.begun && !this.#watch.done ? "auth" : "startup")
    const text = `${place(this.#place)}: ${fact}${options.hint === undefined ? "" : ` (${options.hint})`}`
    return new DatabaseConnectionError(code, text, { ...this.#place, ...options, phase })
  }
}

/** OpenSSL's words for the alert with which the other side ended TLS: `tlsv1 alert unknown ca`. */
function tlsAlert(error: Error | undefined): string | undefined {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown }
  return typeof code === "string" && /^ERR_SSL_.*_ALERT_/.test(code) ? String(reason ?? code) : undefined
}
