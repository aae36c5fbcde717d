import { type Connection, EndListeners, Listeners, type Notice, type Notification, type PgsdError } from "@pgsd/driver"

/** What a lease wants to hear of its connection; gone with the lease. */
class LeaseListeners {
  readonly close = new EndListeners<[error: PgsdError | undefined]>()
  readonly notice = new Listeners<[notice: Notice]>()
  readonly notification = new Listeners<[notification: Notification]>()
}

/** Who holds a connection, as far as the pool must know. */
export interface Holder {
  /** Inside use() or transaction(): for the deadlock watch. */
  readonly scope: object | undefined
  /** Where it was acquired, when leak detection is on. */
  readonly stack: string | undefined
}

/** A connection of the pool and what is known of its use. */
export class PooledConnection {
  readonly connection: Connection
  /** Queries under way. */
  pending = 0
  /** A query's error ended the session, or the pool gave up on it. */
  broken = false
  /** The present transaction was begun read-only by the pool: 25006 is its own fault. */
  readOnly = false
  /** May keep the process alive. */
  referenced = true
  holder: Holder | undefined = undefined
  #listeners: LeaseListeners | undefined = undefined
  #hooked = false
  #quiet: (() => void) | undefined = undefined

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Listeners of the present lease. A connection's own cannot be taken off again, so it has one of each, which ask who is there. */
  listen(): LeaseListeners {
    this.#listeners ??= new LeaseListeners()
    if (!this.#hooked) {
      this.#hooked = true
      this.connection.onNotice((notice) => this.#listeners?.notice.tell(notice))
      this.connection.onNotification((notification) => this.#listeners?.notification.tell(notification))
    }
    return this.#listeners
  }

  /** To its holder a lease that was given back is a connection that has ended. One listener that throws harms nobody. */
  tellEnd(error: PgsdError | undefined): void {
    const listeners = this.#listeners
    this.#listeners = undefined
    listeners?.close.tell(error)
  }

  started(): void {
    this.pending++
  }

  ended(): void {
    this.pending--
    if (this.pending > 0) return
    this.#quiet?.()
    this.#quiet = undefined
  }

  /** Resolves when no query is under way. */
  quiet(): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#quiet = resolve
    })
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
