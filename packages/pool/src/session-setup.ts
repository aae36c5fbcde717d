import { type Connection, onAbort, toPgsdError } from "@pgsd/driver"
import { PoolError } from "./errors.ts"
import type { Resolved } from "./options.ts"
import { SessionSettings } from "./session-settings.ts"

/** What makes a session one of the pool's: its settings, then `onConnect`. A session reset undoes both, so that they are done again. */
export class SessionSetup {
  readonly #settings: SessionSettings | undefined
  readonly #onConnect: Resolved["hooks"]["onConnect"]
  readonly #label: string

  /** Undefined when there is nothing to do. */
  static of({ settings = {}, pooler, hooks, label }: Resolved): SessionSetup | undefined {
    const known = Object.keys(settings).length === 0 ? undefined : new SessionSettings(settings, label, pooler)
    return known === undefined && hooks.onConnect === undefined ? undefined : new SessionSetup(known, hooks.onConnect, label)
  }

  private constructor(settings: SessionSettings | undefined, onConnect: Resolved["hooks"]["onConnect"], label: string) {
    this.#settings = settings
    this.#onConnect = onConnect
    this.#label = label
  }

  /** The statements that follow those of a session reset, in the same round trip; then {@link again}. */
  get afterReset(): string {
    return this.#settings === undefined ? "" : `; ${this.#settings.sql}`
  }

  /** Within the caller's bounds. */
  async again(connection: Connection): Promise<void> {
    await this.#onConnect?.(connection)
  }

  /** For a new connection, which is destroyed when this rejects. */
  async run(connection: Connection, signal: AbortSignal): Promise<void> {
    // A hook that hangs has no other way to be told.
    const stop = () => connection.destroy()
    const unlisten = signal.aborted ? () => {} : onAbort(signal, stop)
    try {
      // The attempt was given up before the connection came.
      signal.throwIfAborted()
      await this.#settings?.apply(connection)
      await this.#connected(connection)
    } catch (cause) {
      connection.destroy()
      throw signal.aborted ? signal.reason : toPgsdError(cause, { label: this.#label })
    } finally {
      unlisten()
    }
  }

  async #connected(connection: Connection): Promise<void> {
    if (this.#onConnect === undefined) return
    try {
      await this.#onConnect(connection)
      if (connection.status !== "idle") throw new Error(`it left the connection ${connection.status}`)
    } catch (cause) {
      const { message, retryable, sqlState } = toPgsdError(cause, { label: this.#label })
      throw new PoolError("PGSD_ON_CONNECT_FAILED", `${this.#label}: onConnect failed: ${message}`, {
        cause,
        retryable,
        sqlState,
        label: this.#label,
      })
    }
  }
}
