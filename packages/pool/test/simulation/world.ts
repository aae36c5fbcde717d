import {
  type FakeConnection,
  type FakeDriver,
  type FakeFailure,
  fakeDriver,
  type ManualClock,
  manualClock,
  seededRandom,
} from "@pgsd/testing"
import { type ConnectionPool, createConnectionPool, type Lease, type PoolSettings } from "../../src/index.ts"
import { Broken, expect, Model, type ModelCaller, type ModelLease, type Reality } from "./model.ts"

const never = Number.POSITIVE_INFINITY

const SETTINGS: readonly PoolSettings[] = [
  { max: 3 },
  { max: 1, validateAfterMs: 0 },
  { max: 5, min: 2, idleTimeoutMs: 2_000, maxLifetimeMs: 20_000 },
  { max: 2, reset: "session", queryTimeoutMs: 300, validateAfterMs: 50 },
  { max: 4, min: 1, reset: "none", connectConcurrency: 1, healthCheckIntervalMs: 500, validateAfterMs: 10 },
  { max: 8, idleTimeoutMs: 0, maxWaiting: 6 },
]

interface Held {
  readonly lease: Lease
  readonly model: ModelLease
}

interface Pending {
  readonly caller: ModelCaller
  readonly control: AbortController
}

/** A pool whose every dependency can fail, with the model beside it. */
export class World {
  readonly clock: ManualClock = manualClock(1_000_000)
  readonly driver: FakeDriver
  readonly pool: ConnectionPool
  readonly model = new Model()
  readonly log: string[] = []
  readonly settings: PoolSettings
  #held: Held[] = []
  #stale: Lease[] = []
  #pending: Pending[] = []
  #failure: unknown
  readonly #closed: Promise<void>[] = []

  constructor(seed: number) {
    this.driver = fakeDriver({ clock: this.clock, closeTimeoutMs: 300 })
    this.settings = {
      acquireTimeoutMs: 3_000,
      connectTimeoutMs: 500,
      validateTimeoutMs: 200,
      resetTimeoutMs: 200,
      cancelTimeoutMs: 100,
      closeTimeoutMs: 1_000,
      ...SETTINGS[seed % SETTINGS.length],
    }
    this.pool = createConnectionPool({
      driver: this.driver,
      label: "sim",
      clock: this.clock,
      random: seededRandom(seed).next,
      ...this.settings,
    })
    for (const sql of ["work", "begin", "slow", "bad", "fatal"]) this.driver.answer(sql, ANSWERS[sql]!)
  }

  get reality(): Reality {
    const { connecting } = this.driver.counts
    return { open: new Set(this.driver.connections.map((each) => each.id)), connecting, now: this.clock.now() }
  }

  /** One operation, then everything in progress settles, then the invariants are checked. */
  async step(number: number): Promise<void> {
    const operation = OPERATIONS[number % OPERATIONS.length]!
    const choice = Math.floor(number / OPERATIONS.length)
    this.log.push(`${operation.name} ${choice % 1_000}`)
    await operation.call(this, choice)
    await this.settle()
    this.check()
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure
    this.model.check(this.pool.stats(), this.reality)
  }

  async settle(): Promise<void> {
    await turn()
  }

  /** All faults end: every waiting caller is served, and after close() nothing is left. */
  async end(): Promise<void> {
    this.heal()
    this.pool.resume()
    for (let round = 0; round < 40 && this.model.waiting.length > 0; round++) {
      for (const held of this.#held.splice(0)) this.#giveBack(held, () => held.lease.release())
      await this.clock.advance(100)
      await this.settle()
      this.check()
    }
    expect(this.model.waiting.length === 0, "after all faults every caller is served")
    for (const held of this.#held.splice(0)) this.#giveBack(held, () => held.lease.release())
    this.close(1_000)
    await this.clock.advance(1_100)
    await this.settle()
    this.check()
    await Promise.all(this.#closed)
    expect(this.pool.state === "closed", "the pool is closed")
    expect(this.driver.leaks().length === 0, `nothing is left open: ${this.driver.leaks().join(", ")}`)
    expect(this.clock.pending === 0, `no timer is left, and there are ${this.clock.pending}`)
  }

  heal(): void {
    this.driver.allowConnects()
    for (const sql of ["", "ROLLBACK"]) this.driver.answer(sql, {})
    this.driver.answer(/^(ROLLBACK; )?CLOSE ALL/, {})
  }

  acquire(timeoutMs: number | undefined): void {
    const control = new AbortController()
    const caller = this.model.called(this.clock.now(), timeoutMs ?? this.settings.acquireTimeoutMs!)
    const pending = { caller, control }
    this.#pending.push(pending)
    this.#guard(
      this.pool.acquire({ signal: control.signal, acquireTimeoutMs: timeoutMs }).then(
        (lease) => {
          this.#served(pending)
          this.#lend(lease)
        },
        (error: unknown) => this.#refused(pending, error),
      ),
    )
  }

  tryAcquire(): void {
    const waiting = this.model.waiting.length
    const lease = this.pool.tryAcquire()
    if (lease === undefined) return
    expect(waiting === 0, "tryAcquire overtook no caller")
    this.model.served++
    this.#lend(lease)
  }

  /** The pool borrows and releases the connection itself. */
  use(sql: string): void {
    const control = new AbortController()
    const pending = { caller: this.model.called(this.clock.now(), this.settings.acquireTimeoutMs!), control }
    this.#pending.push(pending)
    let lent: ModelLease | undefined
    const work = (lease: Lease) => {
      this.#served(pending)
      lent = this.model.lent(lease.info.processId, lease.status, this.reality)
      return lease.query(sql).finally(() => {
        // use() releases it in the same turn.
        lent!.returned = true
      })
    }
    this.#guard(
      this.pool.use(work, { signal: control.signal }).then(
        () => {},
        (error: unknown) => lent ?? this.#refused(pending, error),
      ),
    )
  }

  abort(choice: number): void {
    pick(this.#pending, choice)?.control.abort(new Error("aborted by the simulation"))
  }

  giveBack(choice: number, how: (lease: Lease) => void): void {
    const held = take(this.#held, choice)
    if (held !== undefined) this.#giveBack(held, () => how(held.lease))
  }

  query(choice: number, sql: string, timeoutMs?: number): void {
    const held = pick(this.#held, choice)
    held?.lease.query(sql, undefined, timeoutMs === undefined ? undefined : { timeoutMs }).catch(() => {})
  }

  misuse(choice: number): void {
    const lease = pick(this.#stale, choice)
    if (lease === undefined) return
    const before = this.driver.queries.length
    lease.release()
    lease.destroy()
    lease.query("stolen").then(
      () => this.#fail(new Broken("a lease that was given back ran a query")),
      () => {},
    )
    expect(this.driver.queries.length === before, "a lease that was given back reaches no connection")
  }

  kill(choice: number, failure?: FakeFailure): void {
    const connection: FakeConnection | undefined = pick(this.driver.connections, choice)
    connection?.kill(failure)
  }

  background(work: Promise<unknown>): void {
    this.#guard(work)
  }

  close(timeoutMs: number): void {
    this.#closed.push(this.pool.close({ timeoutMs }))
  }

  #lend(lease: Lease): void {
    this.#held.push({ lease, model: this.model.lent(lease.info.processId, lease.status, this.reality) })
  }

  #giveBack(held: Held, how: () => void): void {
    held.model.returned = true
    how()
    this.#stale.push(held.lease)
  }

  #served(pending: Pending): void {
    this.#forget(pending)
    this.model.settle(pending.caller, "served")
  }

  #refused(pending: Pending, error: unknown): void {
    this.#forget(pending)
    this.model.settle(pending.caller, outcomeOf(error, pending.control))
  }

  #forget(pending: Pending): void {
    this.#pending = this.#pending.filter((each) => each !== pending)
  }

  #guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#failure ??= error
  }
}

const ANSWERS: Readonly<Record<string, object>> = {
  work: { delayMs: 5 },
  begin: { command: "BEGIN" },
  slow: { delayMs: 1_000 },
  bad: { error: { sqlState: "42601" } },
  fatal: { error: { sqlState: "57P01", severity: "FATAL" } },
}

function outcomeOf(error: unknown, control: AbortController): "expired" | "aborted" | "refused" {
  if ((error as { code?: string } | undefined)?.code === "PGSD_ACQUIRE_TIMEOUT") return "expired"
  return control.signal.aborted && error === control.signal.reason ? "aborted" : "refused"
}

function pick<T>(from: readonly T[], choice: number): T | undefined {
  return from[choice % Math.max(from.length, 1)]
}

function take<T>(from: T[], choice: number): T | undefined {
  return from.splice(choice % Math.max(from.length, 1), 1)[0]
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

type Operation = (this: World, choice: number) => unknown

/** Repeated ones are more likely. */
const OPERATIONS: readonly Operation[] = [
  ...repeat(10, function acquire(this: World) {
    this.acquire(undefined)
  }),
  ...repeat(3, function acquireBriefly(this: World, choice) {
    this.acquire(1 + (choice % 200))
  }),
  function tryAcquire(this: World) {
    this.tryAcquire()
  },
  ...repeat(3, function abort(this: World, choice) {
    this.abort(choice)
  }),
  function acquireAndAbort(this: World, choice) {
    this.acquire(undefined)
    this.abort(choice)
  },
  ...repeat(12, function release(this: World, choice) {
    this.giveBack(choice, (lease) => lease.release())
  }),
  function releaseAndAbort(this: World, choice) {
    this.giveBack(choice, (lease) => lease.release())
    this.abort(choice)
  },
  function releaseWithFatalError(this: World, choice) {
    this.giveBack(choice, (lease) => lease.release(Object.assign(new Error("fatal"), { code: "PGSD_CONNECTION_LOST" })))
  },
  function destroy(this: World, choice) {
    this.giveBack(choice, (lease) => lease.destroy())
  },
  function closeLease(this: World, choice) {
    this.giveBack(choice, (lease) => void lease.close())
  },
  ...repeat(2, function misuse(this: World, choice) {
    this.misuse(choice)
  }),
  ...repeat(3, function work(this: World, choice) {
    this.query(choice, "work")
  }),
  ...repeat(2, function begin(this: World, choice) {
    this.query(choice, "BEGIN")
  }),
  function slow(this: World, choice) {
    this.query(choice, "slow")
  },
  function slowWithTimeout(this: World, choice) {
    this.query(choice, "slow", 20)
  },
  function bad(this: World, choice) {
    this.query(choice, "bad")
  },
  function fatal(this: World, choice) {
    this.query(choice, "fatal")
  },
  ...repeat(4, function use(this: World, choice) {
    this.use(["work", "bad", "BEGIN", "slow"][choice % 4]!)
  }),
  ...repeat(2, function kill(this: World, choice) {
    this.kill(choice, choice % 2 === 0 ? undefined : { sqlState: "57P01" })
  }),
  function killAll(this: World) {
    this.driver.killAll()
  },
  ...repeat(2, function connectsAreQuick(this: World) {
    this.driver.allowConnects()
  }),
  function connectsAreSlow(this: World, choice) {
    this.driver.delayConnects(1 + (choice % 700))
  },
  function connectsHang(this: World) {
    this.driver.delayConnects(never)
  },
  function connectsFail(this: World, choice) {
    this.driver.failConnects({ systemCode: "ECONNREFUSED" }, choice % 2 === 0 ? {} : { times: 1 + (choice % 4) })
  },
  function connectsArePermanentlyRefused(this: World, choice) {
    this.driver.failConnects({ sqlState: ["28P01", "3D000"][choice % 2]! }, { times: 1 + (choice % 4) })
  },
  function checksAnswer(this: World) {
    this.driver.answer("", {})
  },
  function checksFail(this: World, choice) {
    this.driver.answer("", choice % 2 === 0 ? { delayMs: never } : { error: { sqlState: "XX000" } }, { times: 1 + (choice % 3) })
  },
  function checksAreSlow(this: World, choice) {
    this.driver.answer("", { delayMs: choice % 300 }, { times: 1 + (choice % 5) })
  },
  function resetsFail(this: World, choice) {
    const answer = choice % 2 === 0 ? { delayMs: never } : { error: { sqlState: "XX000" } }
    this.driver.answer(/^ROLLBACK|^CLOSE ALL/, answer, { times: 1 + (choice % 2) })
  },
  function healthCheck(this: World) {
    // Without an idle connection it opens one, which the model would have to guess.
    if (this.pool.stats().idle > 0) this.background(this.pool.cleanupStaleConnections())
  },
  function evict(this: World) {
    this.pool.evict()
  },
  function suspend(this: World) {
    this.pool.suspend()
  },
  ...repeat(2, function resume(this: World) {
    this.pool.resume()
  }),
  function resize(this: World, choice) {
    this.pool.resize({ max: 1 + (choice % 8), min: 0 })
  },
  function closeIdle(this: World) {
    this.background(this.pool.closeIdle())
  },
  ...repeat(8, function shortWhile(this: World, choice) {
    return this.clock.advance(choice % 30)
  }),
  ...repeat(3, function while_(this: World, choice) {
    return this.clock.advance(choice % 800)
  }),
  function longWhile(this: World, choice) {
    return this.clock.advance(choice % 8_000)
  },
  function freeze(this: World, choice) {
    this.clock.jump(choice % 100_000)
  },
  function close(this: World, choice) {
    // Rarely: little happens afterwards.
    if (choice % 40 === 0) this.close(1 + (choice % 1_000))
  },
]

function repeat(times: number, operation: Operation): Operation[] {
  return Array.from({ length: times }, () => operation)
}
