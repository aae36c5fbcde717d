import { callListener, isFatal } from "@pgsd/driver"
import type { CallSettings, ObservedStatement, StatementOutcome } from "@pgsd/driver/session"
import type { ConnectionPool } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import type { Slot } from "./core/slot.ts"
import {
  channels,
  eventOf,
  type PoolAcquireEvent,
  type PoolQueryEvent,
  type PoolQueryTrace,
  type PoolReleaseEvent,
  type PoolTransactionTrace,
  statements,
  traceEnded,
  transactions,
} from "./diagnostics.ts"
import type { LeakWatch } from "./leak-watch.ts"
import type { PoolLease, Returns } from "./lease.ts"
import type { Resolved } from "./options.ts"
import type { PooledConnection, PoolOfSessions } from "./pooled-connection.ts"

/** Lends connections as leases, takes them back, and handles events of their sessions. */
export class Lending implements Returns, PoolOfSessions {
  readonly settings: CallSettings
  readonly #pool: ConnectionPool
  readonly #core: () => PoolCore<PooledConnection, PoolLease>
  readonly #leaks: LeakWatch
  readonly #onQuery: ((event: PoolQueryEvent) => void) | undefined
  readonly #readOnly: (slot: Slot<PooledConnection>) => void
  readonly #toCallers: boolean

  /**
   * @param readOnly the server rejected a write in a transaction that was not read-only
   * @param toCallers the leases belong to callers, and are published
   */
  constructor(
    pool: ConnectionPool,
    resolved: Resolved,
    core: () => PoolCore<PooledConnection, PoolLease>,
    leaks: LeakWatch,
    readOnly: (slot: Slot<PooledConnection>) => void,
    toCallers = true,
  ) {
    const { clock, random, queryTimeoutMs, commitTimeoutMs, cancelTimeoutMs, resetTimeoutMs: rollbackTimeoutMs } = resolved
    this.settings = {
      // Not known yet if the connection is a promise or a function.
      get label() {
        return resolved.label
      },
      clock,
      random,
      queryTimeoutMs,
      commitTimeoutMs,
      cancelTimeoutMs,
      rollbackTimeoutMs,
    }
    this.#pool = pool
    this.#core = core
    this.#leaks = leaks
    this.#onQuery = resolved.hooks.onQuery
    this.#readOnly = readOnly
    this.#toCallers = toCallers
  }

  get label(): string {
    return this.settings.label
  }

  lend(slot: Slot<PooledConnection>, waitMs: number, stack: string | undefined): PoolLease {
    const pooled = slot.resource!
    const lease = pooled.lease(slot, this, stack)
    pooled.slot = slot
    pooled.holder = lease
    pooled.reference()
    if (this.#leaks.on) this.#leaks.taken(lease)
    if (this.#toCallers && channels.acquire.hasSubscribers)
      channels.acquire.publish(eventOf<PoolAcquireEvent>(this.#pool, { processId: pooled.info.processId, waitMs }))
    return lease
  }

  release(slot: Slot<PooledConnection>, error: unknown): void {
    const pooled = this.#takeBack(slot)
    if (pooled.state.broken || (error !== undefined && isFatal(error))) this.#core().destroy(slot)
    else this.#core().release(slot)
  }

  destroy(slot: Slot<PooledConnection>): void {
    this.#takeBack(slot)
    this.#core().destroy(slot)
  }

  retire(slot: Slot<PooledConnection>): Promise<void> {
    this.#takeBack(slot)
    return this.#core().retire(slot)
  }

  #takeBack(slot: Slot<PooledConnection>): PooledConnection {
    const pooled = slot.resource!
    if (this.#leaks.on) this.#leaks.returned(pooled.holder as PoolLease)
    pooled.holder = undefined
    pooled.state.abandon()
    if (this.#toCallers && channels.release.hasSubscribers)
      channels.release.publish(
        eventOf<PoolReleaseEvent>(this.#pool, {
          processId: pooled.info.processId,
          heldMs: Math.max(0, this.#core().wallNow() - slot.leasedAt),
        }),
      )
    return pooled
  }

  // Events of the sessions.

  get observes(): boolean {
    return this.#onQuery !== undefined || channels.query.hasSubscribers || statements.hasSubscribers || transactions.hasSubscribers
  }

  get closed(): boolean {
    const { state } = this.#core()
    return state === "closing" || state === "closed"
  }

  statementBegins<T>({ info }: PooledConnection, statement: ObservedStatement, send: () => T): T {
    if (!statements.hasSubscribers) return send()
    const transaction = statement.transaction as PoolTransactionTrace | undefined
    const trace = eventOf<PoolQueryTrace>(this.#pool, { connection: info, sql: statement.sql, batch: statement.batch, transaction })
    statement.trace = trace
    return statements.start.runStores(trace, () => {
      const sent = send()
      statements.end.publish(trace)
      return sent
    })
  }

  statementEnded({ info }: PooledConnection, { sql, batch, startedAt, trace }: ObservedStatement, outcome: StatementOutcome): void {
    if (trace !== undefined) traceEnded(statements, Object.assign(trace as PoolQueryTrace, outcome))
    if (this.#onQuery === undefined && !channels.query.hasSubscribers) return
    const durationMs = this.settings.clock.now() - startedAt
    const event = eventOf<PoolQueryEvent>(this.#pool, { processId: info.processId, sql, batch, durationMs, ...outcome })
    if (this.#onQuery !== undefined) callListener(this.#onQuery, event)
    channels.query.publish(event)
  }

  transactionBegins({ info }: PooledConnection, readOnly: boolean): PoolTransactionTrace | undefined {
    if (!transactions.hasSubscribers) return undefined
    const trace = eventOf<PoolTransactionTrace>(this.#pool, { connection: info, readOnly })
    transactions.start.publish(trace)
    transactions.end.publish(trace)
    return trace
  }

  transactionEnded(trace: PoolTransactionTrace, error: unknown): void {
    if (error !== undefined) trace.error = error
    traceEnded(transactions, trace)
  }

  writeRefused(pooled: PooledConnection): void {
    if (pooled.slot !== undefined) this.#readOnly(pooled.slot)
  }

  giveUp(pooled: PooledConnection): void {
    if (pooled.slot === undefined) pooled.connection.destroy()
    else this.#core().destroy(pooled.slot)
  }
}
