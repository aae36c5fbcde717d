import type { Session } from "../calls/queryable.ts"
import type { Connection, ConnectionInfo, ConnectionStatus, Notice, Notification } from "../contract.ts"
import type { PgsdError } from "../errors.ts"
import { SessionHandle } from "./session-handle.ts"
import { CALL_DEFAULTS, type SessionOwner } from "./session-owner.ts"
import { SessionState } from "./session-state.ts"

const sessions = new WeakMap<Connection, SessionHandle>()

/**
 * Returns the session on a connection, with everything in {@link Session}: always the same one per connection. An existing session, such as
 * a pool's lease, is returned unchanged.
 */
export function sessionOf(connection: Connection): SessionHandle {
  if (connection instanceof SessionHandle) return connection
  let session = sessions.get(connection)
  if (session === undefined) {
    session = new OwnSession(connection)
    sessions.set(connection, session)
  }
  return session
}

const UNOBSERVED: Pick<SessionOwner, "observes" | "sending" | "settled" | "began" | "ended"> = {
  observes: false,
  sending: (_, send) => send(),
  settled() {},
  began() {},
  ended() {},
}

/** A connection that belongs to no pool. */
class OwnSession extends SessionHandle implements Session {
  readonly #state: SessionState

  constructor(connection: Connection) {
    super()
    const owner: SessionOwner = { ...UNOBSERVED, failed() {}, giveUp: () => connection.destroy() }
    this.#state = new SessionState(connection, { label: connection.info.label, ...CALL_DEFAULTS }, owner)
  }

  get label(): string {
    return this.#state.label
  }

  get info(): ConnectionInfo {
    return this.#state.connection.info
  }

  get status(): ConnectionStatus {
    return this.#state.connection.status
  }

  use(): SessionState {
    return this.#state
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#state.connection.onClose(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#state.connection.onNotice(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#state.connection.onNotification(listener)
  }

  close(): Promise<void> {
    return this.#state.connection.close()
  }

  destroy(): void {
    this.#state.connection.destroy()
  }

  ref(): void {
    this.#state.connection.ref?.()
  }

  unref(): void {
    this.#state.connection.unref?.()
  }
}
