import {
  type Connection,
  type ConnectionInfo,
  EndListeners,
  isPgsdError,
  Listeners,
  type Notice,
  type Notification,
  type PgsdError,
} from "@pgsd/driver"
import { type CallSettings, type ObservedStatement, type SessionOwner, SessionState, type StatementOutcome } from "@pgsd/driver/session"
import type { Slot } from "./core/slot.ts"
import type { PoolTransactionTrace } from "./diagnostics.ts"
import { PoolLease, type Returns } from "./lease.ts"

/** What a lease wants to hear of its connection; gone with the lease. */
class LeaseListeners {
  readonly close = new EndListeners<[error: PgsdError | undefined]>()
  readonly notice = new Listeners<[notice: Notice]>()
  readonly notification = new Listeners<[notification: Notification]>()
}

/** Who holds a connection, as far as the pool must know. */
export interface Holder {
  /** Inside use() or transaction(): for the deadlock watch. */
  readonly work: object | undefined
  /** Where it was acquired, when leak detection is on. */
  readonly stack: string | undefined
}

/** What the pool does for its connections' sessions. */
export interface PoolOfSessions {
  readonly settings: CallSettings
  /** Statements are timed and told, and transactions. */
  readonly observes: boolean
  statementBegins<T>(pooled: PooledConnection, statement: ObservedStatement, send: () => T): T
  statementEnded(pooled: PooledConnection, statement: ObservedStatement, outcome: StatementOutcome): void
  transactionBegins(pooled: PooledConnection, readOnly: boolean): PoolTransactionTrace | undefined
  transactionEnded(trace: PoolTransactionTrace, error: unknown): void
  /** The server refused a write (25006) for which the caller did not ask. */
  writeRefused(pooled: PooledConnection): void
  /** It does not answer. */
  giveUp(pooled: PooledConnection): void
}

/** A connection of the pool, the state of its session, and what is known of its use. */
export class PooledConnection implements SessionOwner {
  readonly connection: Connection
  /** With the pool's label. */
  readonly info: ConnectionInfo
  readonly state: SessionState
  /** Its place; known once it has been lent. */
  slot: Slot<PooledConnection> | undefined = undefined
  /** May keep the process alive. */
  referenced = true
  holder: Holder | undefined = undefined
  readonly #pool: PoolOfSessions
  #listeners: LeaseListeners | undefined = undefined
  #hooked = false

  constructor(connection: Connection, pool: PoolOfSessions) {
    const { label } = pool.settings
    this.connection = connection
    this.info = connection.info.label === label ? connection.info : { ...connection.info, label }
    this.#pool = pool
    this.state = new SessionState(connection, pool.settings, this)
  }

  lease(slot: Slot<PooledConnection>, returns: Returns, stack: string | undefined): PoolLease {
    return new PoolLease(slot, returns, stack)
  }

  // What its session tells.

  get observes(): boolean {
    return this.#pool.observes
  }

  sending<T>(statement: ObservedStatement, send: () => T): T {
    return this.#pool.statementBegins(this, statement, send)
  }

  told(statement: ObservedStatement, outcome: StatementOutcome): void {
    this.#pool.statementEnded(this, statement, outcome)
  }

  began(readOnly: boolean): unknown {
    return this.#pool.transactionBegins(this, readOnly)
  }

  ended(trace: unknown, error: unknown): void {
    this.#pool.transactionEnded(trace as PoolTransactionTrace, error)
  }

  failed(error: unknown): void {
    if (isPgsdError(error) && error.sqlState === "25006" && !this.state.readOnly) this.#pool.writeRefused(this)
  }

  giveUp(): void {
    this.#pool.giveUp(this)
  }

  /** Listeners of the present lease. A connection's own cannot be taken off again, so it has one of each, which ask who is there. */
  listen(): LeaseListeners {
    this.#listeners ??= new LeaseListeners()
    if (!this.#hooked) {
      this.#hooked = true
      this.connection.onNotice((notice) => this.#listeners?.notice.emit(notice))
      this.connection.onNotification((notification) => this.#listeners?.notification.emit(notification))
    }
    return this.#listeners
  }

  /** To its holder a lease that was given back is a connection that has ended. One listener that throws harms no other. */
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
