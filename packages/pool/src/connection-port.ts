import { types } from "node:util"
import { abortable, type ConnectionPlace, isRetryable, type PgsdError, toPgsdError } from "@pgsd/driver"
import type { ConnectAttemptsError } from "@pgsd/driver/open"
import type { ConnectionPool } from "./connection-pool.ts"
import type { CloseReason } from "./core/ledger.ts"
import type { PoolEvents, ResourcePort } from "./core/resource-port.ts"
import type { Slot } from "./core/slot.ts"
import type { Waiter } from "./core/wait-queue.ts"
import type { Caller } from "./deadlock.ts"
import {
  channels,
  eventOf,
  type PoolConnectErrorEvent,
  type PoolConnectEvent,
  type PoolDisconnectEvent,
  type PoolLostEvent,
} from "./diagnostics.ts"
import type { ErrorFactory } from "./error-factory.ts"
import type { PoolLease } from "./lease.ts"
import type { Lending } from "./lending.ts"
import { loaded } from "./loaded.ts"
import type { Resolved } from "./options.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import { reset } from "./reset.ts"
import type { Source } from "./source.ts"

const { isPromise } = types

const INVALID_PASSWORD = "28P01"

/** Loaded while the first connection opens, because nothing before it needs the code of sessions. */
let sessions: Promise<typeof import("./pooled-connection.ts")> | undefined

/** What the port needs from the pool. */
interface PortHost {
  total(): number
  waiting(): number
  /** A connection joined the pool or an attempt failed. */
  changed(): void
  readonly pool: ConnectionPool
  /** For the session of listen(). */
  readonly listening: boolean
  /** The last step of a new connection's attempt. */
  readonly prepare?: ((pooled: PooledConnection) => Promise<void> | undefined) | undefined
}

/** Adapts the driver contract to the core: check is an empty query, lost is onClose, clean is the transaction status. */
export class ConnectionPort implements ResourcePort<PooledConnection, PoolLease>, PoolEvents<PooledConnection> {
  readonly errors: ErrorFactory
  readonly events = this
  readonly #settings: Resolved
  readonly #source: Source
  readonly #lending: Lending
  readonly #host: PortHost

  constructor(settings: Resolved, source: Source, errors: ErrorFactory, lending: Lending, host: PortHost) {
    this.#settings = settings
    this.#source = source
    this.errors = errors
    this.#lending = lending
    this.#host = host
  }

  async open(signal: AbortSignal, fresh: boolean): Promise<PooledConnection> {
    sessions ??= import("./pooled-connection.ts")
    void loaded(this.#settings.clock, sessions)
    // Awaited below, if this attempt gets that far.
    sessions.catch(() => {})
    const connection = await this.#source.open(signal, fresh)
    try {
      const { PooledConnection } = await sessions
      const pooled = new PooledConnection(connection, this.#lending)
      const preparing = this.#host.prepare?.(pooled)
      if (preparing !== undefined) await abortable(preparing, signal)
      return pooled
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  watch(pooled: PooledConnection, lost: (error: unknown) => void): void {
    pooled.connection.onClose((error) => {
      pooled.state.broken = true
      lost(error)
      pooled.tellEnd(error)
    })
  }

  check(pooled: PooledConnection): Promise<unknown> {
    return pooled.connection.query("")
  }

  reset(pooled: PooledConnection): Promise<unknown> | undefined {
    const cleaning = reset(pooled, this.#settings.reset, this.#source.setup)
    const { onRelease } = this.#settings.hooks
    if (onRelease === undefined) return cleaning
    if (cleaning !== undefined) return cleaning.then(() => onRelease(pooled.connection))
    try {
      const released: unknown = onRelease(pooled.connection)
      return isPromise(released) ? released : undefined
    } catch (error) {
      return Promise.reject(error)
    }
  }

  close(pooled: PooledConnection): Promise<void> {
    return pooled.connection.close()
  }

  destroy(pooled: PooledConnection): void {
    pooled.connection.destroy()
  }

  rest(pooled: PooledConnection): void {
    if (this.#settings.unrefIdle) pooled.unreference()
  }

  lease(slot: Slot<PooledConnection>, waiter: Waiter<PoolLease>): PoolLease {
    const stack = (waiter.context as Caller | undefined)?.stack
    return this.#lending.lend(slot, channels.acquire.hasSubscribers ? this.#settings.clock.now() - waiter.since : 0, stack)
  }

  isPermanent(error: unknown): boolean {
    const { isPermanent } = this.#settings.hooks
    try {
      if (isPermanent !== undefined) return isPermanent(error as PgsdError)
    } catch (thrown) {
      // As with a listener that throws: the attempt has failed in any case, and its callers must be notified.
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    }
    return !isRetryable(error)
  }

  isStaleCredential(error: unknown): boolean {
    if (!this.#source.refreshable) return false
    const { sqlState, attempts = [] } = error as Partial<ConnectAttemptsError>
    return [sqlState, ...attempts.map((each) => each.error.sqlState)].includes(INVALID_PASSWORD)
  }

  opened(slot: Slot<PooledConnection>): void {
    if (channels.connect.hasSubscribers)
      channels.connect.publish(
        eventOf<PoolConnectEvent>(this.#host.pool, {
          connection: slot.resource!.info,
          durationMs: this.#settings.clock.now() - slot.startedAt,
          total: this.#host.total(),
          listening: this.#host.listening,
        }),
      )
    this.#host.changed()
  }

  openFailed(slot: Slot<PooledConnection>, cause: unknown): void {
    const error = toPgsdError(cause, { label: this.#settings.label })
    if (channels.connectError.hasSubscribers) {
      const { host, address, port } = placeOf(error)
      channels.connectError.publish(
        eventOf<PoolConnectErrorEvent>(this.#host.pool, {
          error,
          waiting: this.#host.waiting(),
          durationMs: this.#settings.clock.now() - slot.startedAt,
          host,
          address,
          port,
          listening: this.#host.listening,
        }),
      )
    }
    this.#tell(error)
    this.#host.changed()
  }

  lost(slot: Slot<PooledConnection>, error: unknown): void {
    this.#unusable(slot, this.errors.lost(error))
  }

  unfit(slot: Slot<PooledConnection>, error: unknown): void {
    this.#unusable(slot, this.errors.unfit(slot, error))
  }

  ended(slot: Slot<PooledConnection>, reason: CloseReason): void {
    const { clock } = this.#settings
    if (channels.disconnect.hasSubscribers)
      channels.disconnect.publish(
        eventOf<PoolDisconnectEvent>(this.#host.pool, {
          connection: slot.resource!.info,
          reason,
          ageMs: Math.max(0, (clock.wallNow?.() ?? clock.now()) - slot.openedAt),
          listening: this.#host.listening,
        }),
      )
  }

  #unusable(slot: Slot<PooledConnection>, error: PgsdError): void {
    const { processId } = slot.resource!.info
    const { pool, listening } = this.#host
    if (channels.lost.hasSubscribers) channels.lost.publish(eventOf<PoolLostEvent>(pool, { processId, error, listening }))
    this.#tell(error)
  }

  #tell(error: PgsdError): void {
    try {
      const told: unknown = this.#settings.hooks.onError?.(error)
      if (isPromise(told)) told.catch(() => {})
    } catch {
      // A hook's exception or rejection has nowhere to go: its work is done, and it must not end the process.
    }
  }
}

/** The place in a connect error. */
function placeOf({ host, address, port }: ConnectionPlace): ConnectionPlace {
  return host === undefined ? {} : { host, address, port }
}
