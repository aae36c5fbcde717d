import { abortable, type Connection, DatabaseConnectionError, limit, type PgsdError, toPgsdError } from "@pgsd/driver"
import { PoolError } from "./errors.ts"
import { loaded } from "./loaded.ts"
import type { Resolved } from "./options.ts"
import type { SettingsApplier } from "./settings-applier.ts"

/** Sets up the pool's sessions: settings, then `onConnect`. A session reset undoes both, so they are applied again. */
export class SessionSetup {
  readonly #options: Resolved
  /** Loaded with the first session. */
  #settings: SettingsApplier | undefined

  /** Undefined if there is nothing to do. */
  static of(options: Resolved): SessionSetup | undefined {
    return hasSettings(options) || options.hooks.onConnect !== undefined ? new SessionSetup(options) : undefined
  }

  private constructor(options: Resolved) {
    this.#options = options
  }

  /** The statements that follow a session reset in the same round trip; then {@link again}. */
  get afterReset(): string {
    return this.#settings === undefined ? "" : `; ${this.#settings.sql}`
  }

  /** Within the caller's time limit. */
  async again(connection: Connection): Promise<void> {
    await this.#options.hooks.onConnect?.(connection)
  }

  /**
   * For a new connection, which is destroyed if this rejects. It has its own `connectTimeoutMs`, because the preceding search for a host
   * may have taken several.
   */
  async run(connection: Connection, signal: AbortSignal): Promise<void> {
    const { stepTimeoutMs, clock, label } = this.#options
    const bounds = limit(signal, stepTimeoutMs, () => this.#timedOut(), clock)
    try {
      // The attempt was abandoned before the connection was open.
      signal.throwIfAborted()
      await abortable(this.#setUp(connection), bounds.signal)
    } catch (cause) {
      // The only way to notify a hook that hangs.
      connection.destroy()
      throw bounds.signal?.aborted ? bounds.signal.reason : toPgsdError(cause, { label })
    } finally {
      bounds.end()
    }
  }

  async #setUp(connection: Connection): Promise<void> {
    if (hasSettings(this.#options)) await (await this.#load()).apply(connection)
    await this.#connected(connection)
  }

  #timedOut(): PgsdError {
    const { stepTimeoutMs, hooks, label } = this.#options
    const what = hooks.onConnect === undefined ? "settings" : "onConnect"
    const message = `${label}: ${what} did not set up a new connection within connectTimeoutMs (${stepTimeoutMs} ms)`
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", message, { label, phase: "startup", retryable: true })
  }

  async #load(): Promise<SettingsApplier> {
    const { SettingsApplier } = await loaded(this.#options.clock, import("./settings-applier.ts"))
    const { settings = {}, label, pooler } = this.#options
    this.#settings ??= new SettingsApplier(settings, label, pooler)
    return this.#settings
  }

  async #connected(connection: Connection): Promise<void> {
    const { onConnect } = this.#options.hooks
    if (onConnect === undefined) return
    try {
      await onConnect(connection)
      if (connection.status !== "idle") throw new Error(`it left the connection ${connection.status}`)
    } catch (cause) {
      const { message, retryable, sqlState } = toPgsdError(cause, { label: this.#options.label })
      throw new PoolError("PGSD_ON_CONNECT_FAILED", `${this.#options.label}: onConnect failed: ${message}`, {
        cause,
        retryable,
        sqlState,
        label: this.#options.label,
      })
    }
  }
}

function hasSettings({ settings = {} }: Resolved): boolean {
  return Object.keys(settings).length > 0
}
