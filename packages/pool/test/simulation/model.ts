/**
 * What a pool must look like from outside after any operation. It knows no internals: only the pool's published numbers, the
 * driver's count of open connections, and what callers got.
 */

interface Numbers {
  readonly state: "open" | "suspended" | "closing" | "closed"
  readonly max: number
  readonly total: number
  readonly idle: number
  readonly leased: number
  readonly connecting: number
  readonly checking: number
  readonly resetting: number
  readonly closing: number
  readonly waiting: number
  readonly acquired: number
  readonly timeouts: number
  readonly aborted: number
  readonly created: number
  readonly closedBy: Readonly<Record<string, number>>
}

export interface Reality {
  /** Ids of open connections. */
  readonly open: ReadonlySet<number>
  readonly connecting: number
  readonly now: number
}

export interface ModelCaller {
  readonly order: number
  readonly since: number
  readonly timeoutMs: number
  settled: "no" | "served" | "expired" | "aborted" | "refused"
}

export interface ModelLease {
  readonly connection: number
  returned: boolean
}

/** Timers count whole milliseconds, so a deadline may be that late. */
const SLACK_MS = 3

export class Model {
  readonly callers: ModelCaller[] = []
  readonly leases: ModelLease[] = []
  served = 0
  #order = 0
  #lastServed = -1
  #previousTotal = 0

  called(since: number, timeoutMs: number): ModelCaller {
    const caller: ModelCaller = { order: this.#order++, since, timeoutMs, settled: "no" }
    this.callers.push(caller)
    return caller
  }

  get waiting(): ModelCaller[] {
    return this.callers.filter((caller) => caller.settled === "no")
  }

  settle(caller: ModelCaller, how: Exclude<ModelCaller["settled"], "no">): void {
    if (caller.settled !== "no") throw new Broken(`caller ${caller.order} was settled twice: ${caller.settled}, then ${how}`)
    caller.settled = how
    if (how !== "served") return
    this.served++
    if (caller.order < this.#lastServed) throw new Broken(`caller ${caller.order} was served after caller ${this.#lastServed}`)
    this.#lastServed = caller.order
  }

  lent(connection: number, status: string, reality: Reality): ModelLease {
    if (this.leases.some((each) => !each.returned && each.connection === connection && reality.open.has(connection)))
      throw new Broken(`connection ${connection} was lent twice`)
    if (status !== "idle" && status !== "closed") throw new Broken(`connection ${connection} was lent while ${status}`)
    const lease: ModelLease = { connection, returned: false }
    this.leases.push(lease)
    return lease
  }

  held(reality: Reality): ModelLease[] {
    return this.leases.filter((each) => !each.returned && reality.open.has(each.connection))
  }

  /** The invariants, at a moment when nothing is in progress. */
  check(pool: Numbers, reality: Reality): void {
    const { idle, leased, connecting, checking, resetting, closing, total, max, waiting, state } = pool
    const sum = idle + leased + connecting + checking + resetting + closing
    expect(total === sum, `total ${total} is the sum of its parts ${sum}`)
    for (const [name, value] of Object.entries(pool)) if (typeof value === "number") expect(value >= 0, `${name} ${value} is not negative`)
    expect(total <= Math.max(max, this.#previousTotal), `total ${total} is at most max ${max}`)
    this.#previousTotal = total
    const open = idle + leased + checking + resetting + closing
    expect(open === reality.open.size, `${open} connections are open, and really ${reality.open.size}`)
    expect(connecting === reality.connecting, `${connecting} attempts are in progress, and actually ${reality.connecting}`)
    const held = this.held(reality).length
    expect(leased === held, `${leased} are leased, and held are ${held}`)
    const callers = this.waiting
    expect(waiting === callers.length, `${waiting} callers wait, and really ${callers.length}`)
    const supply = connecting + checking + resetting
    if (waiting > 0 && state !== "suspended") expect(idle === 0 || checking >= waiting, `${waiting} callers wait while ${idle} are idle`)
    if (state === "closed") expect(total === 0 && waiting === 0, `a closed pool is empty`)
    for (const caller of callers) {
      const late = reality.now - caller.since - caller.timeoutMs
      expect(late <= SLACK_MS, `caller ${caller.order} waits ${late} ms past its deadline (supply ${supply})`)
    }
    const gone = Object.values(pool.closedBy).reduce((a, b) => a + b, 0)
    expect(pool.created - gone === open - closing, `${pool.created} opened less ${gone} closed are the ${open - closing} in service`)
    const count = (how: ModelCaller["settled"]) => this.callers.filter((each) => each.settled === how).length
    expect(pool.timeouts === count("expired"), `${pool.timeouts} time-outs, and really ${count("expired")}`)
    expect(pool.aborted === count("aborted"), `${pool.aborted} aborts, and really ${count("aborted")}`)
    expect(pool.acquired === this.served, `${pool.acquired} served, and really ${this.served}`)
  }
}

export class Broken extends Error {}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Broken(`does not hold: ${what}`)
}
