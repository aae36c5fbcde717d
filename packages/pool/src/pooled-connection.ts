import {
  type Connection,
  type ConnectionInfo,
  EndListeners,
  isPgsdError,
  Listeners,
  type Notice,
  type Notification,
  type PgsdError,
  quoteLiteral,
} from "@pgsd/driver"
import { type CallSettings, type ObservedStatement, type SessionOwner, SessionState, type StatementOutcome } from "@pgsd/driver/session"
import type { Slot } from "./core/slot.ts"
import type { PoolTransactionTrace } from "./diagnostics.ts"
import { PoolLease, type Returns } from "./lease.ts"

/** A lease's listeners; removed with the lease. */
class LeaseListeners {
  readonly close = new EndListeners<[error: PgsdError | undefined]>()
  readonly notice = new Listeners<[notice: Notice]>()
  readonly notification = new Listeners<[notification: Notification]>()
}

/** The holder of a connection, as far as the pool needs it. */
export interface Holder {
  /** Inside use() or transaction(), for deadlock detection. */
  readonly work: object | undefined
  /** The stack of its acquire(), if leak detection is enabled. */
  readonly stack: string | undefined
}

/** What the pool does for its connections' sessions. */
export interface PoolOfSessions {
  readonly settings: CallSettings
  /** Statements are timed and published, and transactions. */
  readonly observes: boolean
  /** The pool was closed, and its connections are. */
  readonly closed: boolean
  statementBegins<T>(pooled: PooledConnection, statement: ObservedStatement, send: () => T): T
  statementEnded(pooled: PooledConnection, statement: ObservedStatement, outcome: StatementOutcome): void
  transactionBegins(pooled: PooledConnection, readOnly: boolean): PoolTransactionTrace | undefined
  transactionEnded(trace: PoolTransactionTrace, error: unknown): void
  /** The server rejected a write (25006) in a transaction that was not read-only. */
  writeRefused(pooled: PooledConnection): void
  /** It does not respond. */
  giveUp(pooled: PooledConnection): void
}

/** A connection of the pool, the state of its session, and data about its use. */
export class PooledConnection implements SessionOwner {
  readonly connection: Connection
  /** With the pool's label. */
  readonly info: ConnectionInfo
  readonly state: SessionState
  /** Its slot; known once it has been lent. */
  slot: Slot<PooledConnection> | undefined = undefined
  /** Whether it keeps the process alive. */
  referenced = true
  holder: Holder | undefined = undefined
  readonly #pool: PoolOfSessions
  /** How its server prints values since it was opened and set up. */
  readonly #dateStyle: string | undefined
  readonly #intervalStyle: string | undefined
  #listeners: LeaseListeners | undefined = undefined
  #hooked = false

  constructor(connection: Connection, pool: PoolOfSessions) {
    const { label } = pool.settings
    this.connection = connection
    this.info = connection.info.label === label ? connection.info : { ...connection.info, label }
    this.#pool = pool
    this.#dateStyle = connection.serverParameters.DateStyle
    this.#intervalStyle = connection.serverParameters.IntervalStyle
    this.state = new SessionState(connection, pool.settings, this)
  }

  lease(slot: Slot<PooledConnection>, returns: Returns, stack: string | undefined): PoolLease {
    return new PoolLease(slot, returns, stack)
  }

  /**
   * Restores how values are printed, after a holder has changed it: the next holder's dates would be other strings. Rarely defined. Only
   * what was known at the start can be restored: behind a pooler a style may be reported later.
   */
  get restyling(): string | undefined {
    const { DateStyle: dateStyle, IntervalStyle: intervalStyle } = this.connection.serverParameters
    if (dateStyle === this.#dateStyle && intervalStyle === this.#intervalStyle) return undefined
    const changed = [setting("DateStyle", this.#dateStyle, dateStyle), setting("IntervalStyle", this.#intervalStyle, intervalStyle)]
    const statements = changed.filter((each) => each !== undefined)
    return statements.length === 0 ? undefined : statements.join("; ")
  }

  // Events of its session.

  get observes(): boolean {
    return this.#pool.observes
  }

  sending<T>(statement: ObservedStatement, send: () => T): T {
    return this.#pool.statementBegins(this, statement, send)
  }

  settled(statement: ObservedStatement, outcome: StatementOutcome): void {
    this.#pool.statementEnded(this, statement, outcome)
  }

  began(readOnly: boolean): unknown {
    return this.#pool.transactionBegins(this, readOnly)
  }

  ended(trace: unknown, error: unknown): void {
    this.#pool.transactionEnded(trace as PoolTransactionTrace, error)
  }

  failed(error: unknown): void {
    if (!isPgsdError(error)) return
    if (error.sqlState === "25006" && !this.state.readOnly) this.#pool.writeRefused(this)
    if (error.code === "PGSD_CONNECTION_CLOSED" && this.holder !== undefined && this.#pool.closed) nameThePool(error, this.info.label)
  }

  giveUp(): void {
    this.#pool.giveUp(this)
  }

  /** Listeners of the current lease. A connection's listeners cannot be removed, so it has one of each that forwards to the lease. */
  listen(): LeaseListeners {
    this.#listeners ??= new LeaseListeners()
    if (!this.#hooked) {
      this.#hooked = true
      this.connection.onNotice((notice) => this.#listeners?.notice.emit(notice))
      this.connection.onNotification((notification) => this.#listeners?.notification.emit(notification))
    }
    return this.#listeners
  }

  /** To its holder, a released lease is a connection that has ended. A listener that throws does not affect others. */
  tellEnd(error: PgsdError | undefined): void {
    const listeners = this.#listeners
    this.#listeners = undefined
    listeners?.close.emit(error)
  }

  reference(): void {
    if (this.referenced) return
    this.referenced = true
    this.connection.ref?.()
  }

  unreference(): void {
    if (!this.referenced) return
    this.referenced = false
    this.connection.unref?.()
  }
}

/** A connection does not know why it was closed. */
function nameThePool(error: PgsdError, label: string): void {
  const hint = "give close() more time (closeTimeoutMs), or await all work before it"
  const message = `${label}: the pool was closed, and this connection with it (${hint})`
  const stack = error.stack?.replace(error.message, () => message)
  for (const [key, value] of Object.entries({ message, stack }))
    Object.defineProperty(error, key, { value, configurable: true, writable: true })
  Object.defineProperty(error, "hint", { value: hint, enumerable: true, configurable: true })
}

function setting(name: string, before: string | undefined, now: string | undefined): string | undefined {
  return before === undefined || before === now ? undefined : `SET ${name} = ${quoteLiteral(before)}`
}
