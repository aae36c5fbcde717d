import type { QueryResult } from "@pgsd/driver"
import type { LeaseQueryOptions } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import type { Caller } from "./deadlock.ts"
import { PoolError } from "./errors.ts"
import type { PoolLease } from "./lease.ts"
import type { PooledConnection } from "./pooled-connection.ts"

/** A lane takes no more queries after this, so that its connection comes back now and then: to be retired, or to whoever waits. */
const LANE_MS = 1_000

/** What begins a transaction, behind comments and white space. */
const BEGINS = /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:begin|start\s+transaction)\b/i

/** A connection on which several one-shot queries are under way. */
interface Lane {
  readonly lease: PoolLease
  until: number
  underWay: number
}

/** Where a query gets a connection of its own. */
interface PipelineHost {
  readonly label: string
  take(): PoolLease | undefined
  wait(timeoutMs: number): Promise<PoolLease>
}

/**
 * `pipelineDepth`: with every place of the pool taken, one-shot queries share connections that other one-shot queries hold. Never
 * one that somebody acquired. Who waits for a connection is not passed: a lane is fed from the head of the queue alone.
 *
 * The price is isolation. A slow query delays those behind it on its connection, a loss fails all of them, and a statement that
 * changes the session changes it for the neighbours. BEGIN would put their work into a transaction that the pool rolls back, when they
 * have been told of their success already: it is refused before it is sent, and what may hide one has its connection alone.
 */
export class Pipeline {
  readonly #core: PoolCore<PooledConnection, PoolLease>
  readonly #depth: number
  readonly #host: PipelineHost
  readonly #lanes = new Map<PoolLease, Lane>()

  constructor(core: PoolCore<PooledConnection, PoolLease>, depth: number, host: PipelineHost) {
    this.#core = core
    this.#depth = depth
    this.#host = host
  }

  /** Without parameters a text may hold several statements, of which the result tells the last one alone. */
  static shares(sql: string, params: readonly unknown[] | undefined): boolean {
    if (params !== undefined || typeof sql !== "string") return true
    const end = sql.indexOf(";")
    return end === -1 || sql.slice(end + 1).trim() === ""
  }

  async run<R>(
    sql: string,
    params: readonly unknown[] | undefined,
    options: LeaseQueryOptions | undefined,
    acquireTimeoutMs: number,
  ): Promise<QueryResult<R>> {
    if (BEGINS.test(sql))
      throw this.#refusal("BEGIN", "use transaction(): what others send on that connection would become part of this one")
    const lane = this.#join() ?? this.#laneOf(this.#host.take() ?? (await this.#host.wait(acquireTimeoutMs)))
    try {
      const result = await lane.lease.query<R>(sql, params, options)
      if (result.command !== "BEGIN" && result.command !== "START TRANSACTION") return result
      lane.lease.destroy()
      const hint = "use transaction(): what others sent on that connection became part of this one, so it was closed"
      throw this.#refusal(result.command, hint)
    } finally {
      this.#leave(lane)
    }
  }

  #refusal(command: string, hint: string): PoolError {
    return new PoolError("PGSD_PIPELINE_TRANSACTION", `${this.#host.label}: ${command} through query() with pipelineDepth`, { hint })
  }

  /** evict(): what exists now takes no more. */
  drain(): void {
    for (const lane of this.#lanes.values()) lane.until = Number.NEGATIVE_INFINITY
  }

  #join(): Lane | undefined {
    const { state, callers, ledger, max, idle } = this.#core
    if (state !== "open" || callers.size > 0 || idle.hottest !== undefined || ledger.total < max) return undefined
    let emptiest: Lane | undefined
    for (const lane of this.#lanes.values())
      if (this.#hasRoom(lane) && (emptiest === undefined || lane.underWay < emptiest.underWay)) emptiest = lane
    if (emptiest !== undefined) emptiest.underWay++
    return emptiest
  }

  // The lease of a lane that was fed is known, and counted already.
  #laneOf(lease: PoolLease): Lane {
    let lane = this.#lanes.get(lease)
    if (lane !== undefined) return lane
    lane = { lease, until: this.#core.settings.clock.now() + LANE_MS, underWay: 1 }
    this.#lanes.set(lease, lane)
    this.#feed(lane)
    return lane
  }

  #feed(lane: Lane): void {
    const { state, callers } = this.#core
    while (state !== "suspended" && (callers.first?.context as Caller | undefined)?.shares === true && this.#hasRoom(lane)) {
      lane.underWay++
      callers.take().resolve(lane.lease)
    }
  }

  #hasRoom(lane: Lane): boolean {
    return lane.underWay < this.#depth && this.#core.settings.clock.now() < lane.until && lane.lease.status !== "closed"
  }

  #leave(lane: Lane): void {
    lane.underWay--
    this.#feed(lane)
    if (lane.underWay > 0) return
    this.#lanes.delete(lane.lease)
    lane.lease.release()
  }
}
