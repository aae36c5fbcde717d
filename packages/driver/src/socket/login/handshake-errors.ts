import { place, type ServerError } from "../../classify.ts"
import {
  type ConnectionPlace,
  type ConnectPhase,
  DatabaseConnectionError,
  type DatabaseConnectionErrorOptions,
  isPgsdError,
  type PgsdError,
} from "../../errors.ts"
import { Message, SHORT_MESSAGE_BYTES } from "../protocol/message.ts"
import { fromPeer, ServerReport } from "../protocol/peer-error.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { refusalText, withoutControls } from "../protocol/refusal-text.ts"
import { AuthenticationRefused, type AuthenticationWatch } from "./authentication.ts"
import { ServerUnverified } from "./scram.ts"

/** What a server can answer a startup packet with. */
const FIRST_ANSWERS: ReadonlySet<number> = new Set([
  Message.authentication,
  Message.errorResponse,
  Message.noticeResponse,
  Message.negotiateProtocolVersion,
])

/** The messages of pg and postgres.js for a wrong server signature. */
const SIGNATURE = /signature/i

/** Creates the error for anything that ends a handshake: fact, place, phase and next step. */
export class HandshakeErrors {
  readonly #place: ConnectionPlace
  readonly #watch: AuthenticationWatch

  constructor(place: ConnectionPlace, watch: AuthenticationWatch) {
    this.#place = place
    this.#watch = watch
  }

  /** The server's own error; SQLSTATE class 28 is about the credentials. */
  server(error: ServerError): PgsdError {
    const fields = Object.entries(error).map(([name, value]) => [name, typeof value === "string" ? withoutControls(value) : value])
    const readable: ServerError = Object.fromEntries(fields)
    return fromPeer(readable, new ServerReport(readable), { ...this.#place, phase: this.#phase(error.sqlState.startsWith("28")) })
  }

  /** @param responded the server had sent something */
  disconnected(error: Error | undefined, responded: boolean): DatabaseConnectionError {
    // With TLS 1.3 the client finishes its handshake before the server checks the client's certificate.
    const alert = responded ? undefined : tlsAlert(error)
    if (alert !== undefined) {
      const hint = "does the server trust the client's certificate, and has it not expired?"
      return this.make("PGSD_TLS_FAILED", `the server refused TLS: ${alert}`, { phase: "tls", cause: error, hint })
    }
    const fact = error === undefined ? "the server closed the connection" : "the connection broke"
    const when = this.#watch.done ? "before it was ready" : this.#watch.begun ? "during authentication" : "without responding"
    return this.make("PGSD_CONNECTION_LOST", `${fact} ${when}`, { cause: error, retryable: true })
  }

  /** The server's part of SCRAM (RFC 5802) is missing or wrong: the peer does not know the password. */
  unverified(cause?: unknown): DatabaseConnectionError {
    const hint = "is this the right server, or is an intermediary impersonating it?"
    const why = cause instanceof ServerUnverified ? cause.message : "its SCRAM signature is wrong"
    const fact = `the server did not prove that it knows the password: ${why}`
    return this.make("PGSD_SERVER_UNVERIFIED", fact, { phase: "auth", hint, cause })
  }

  noPassword(): DatabaseConnectionError {
    const hint = "give the target a password, or let pg_hba.conf ask for none"
    return this.make("PGSD_AUTH_FAILED", "the server requests a password and none was given", { phase: "auth", hint })
  }

  /** Detects a peer that is not PostgreSQL from its first bytes. Undefined: continue. */
  firstAnswer(chunk: Buffer): DatabaseConnectionError | undefined {
    const first = chunk[0]!
    if (!FIRST_ANSWERS.has(first)) return this.#notPostgres(chunk)
    const length = chunk.length < 5 ? undefined : chunk.readUInt32BE(1)
    if (length === undefined || (length >= 8 && length <= SHORT_MESSAGE_BYTES)) return undefined
    // A server that cannot start a process answers in the format of protocol 2.
    const old = first === Message.errorResponse ? refusalText(chunk) : undefined
    return old === undefined ? this.#notPostgres(chunk) : this.make("PGSD_OUT_OF_RESOURCES", old.text, { retryable: old.retryable })
  }

  /** For anything thrown by the toolkit or the driver. */
  other(error: unknown): PgsdError {
    if (isPgsdError(error)) return error
    if (error instanceof ServerUnverified) return this.unverified(error)
    if (this.#watch.proofCame && SIGNATURE.test(error instanceof Error ? error.message : "")) return this.unverified(error)
    if (error instanceof AuthenticationRefused)
      return this.make("PGSD_AUTH_UNSUPPORTED", error.message, { phase: "auth", hint: error.hint })
    if (error instanceof ProtocolViolation) return this.make("PGSD_PROTOCOL_VIOLATION", error.message)
    const text = error instanceof Error ? error.message : String(error)
    return this.make(this.#watch.begun && !this.#watch.done ? "PGSD_AUTH_FAILED" : "PGSD_UNKNOWN", text, { cause: error })
  }

  make(code: string, fact: string, options: DatabaseConnectionErrorOptions = {}): DatabaseConnectionError {
    const phase = options.phase ?? this.#phase(this.#watch.begun)
    // It may quote the peer: a SASL mechanism, a driver's error.
    const text = `${place(this.#place)}: ${withoutControls(fact)}${options.hint === undefined ? "" : ` (${options.hint})`}`
    return new DatabaseConnectionError(code, text, { ...this.#place, ...options, phase })
  }

  /** A failure after authentication, e.g. a database that does not exist, which no other way of connecting would avoid. */
  #phase(aboutIdentity: boolean): ConnectPhase {
    if (this.#watch.done) return "ready"
    return aboutIdentity ? "auth" : "startup"
  }

  #notPostgres(chunk: Buffer): DatabaseConnectionError {
    const text = chunk
      .toString("latin1", 0, 60)
      .replace(/[^\x20-\x7e]+/g, " ")
      .trim()
    return this.make("PGSD_NOT_POSTGRES", `the peer is not PostgreSQL: it sent "${text}"`, { hint: "check host and port" })
  }
}

/** OpenSSL's text for the alert with which the peer ended TLS: `tlsv1 alert unknown ca`. */
function tlsAlert(error: Error | undefined): string | undefined {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown }
  return typeof code === "string" && /^ERR_SSL_.*_ALERT_/.test(code) ? String(reason ?? code) : undefined
}
