import type { Driver } from "@pgsd/driver"
import type { Transaction } from "@pgsd/driver/calls"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { seededRandom } from "@pgsd/testing"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// Random callbacks: calls not awaited, timers, throws, aborts, timeouts, killed backends, retries, savepoints, statements on
// `native`. Afterwards the table holds exactly what resolved transactions wrote.

const DURATION_MS = process.env.PGSD_TEST_FULL === undefined ? 8_000 : 120_000
const CALLERS = 6

let server: PostgresServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE written (id bigint PRIMARY KEY)")
  proxy = await faultProxy({ host: server.host, port: server.port })
  proxy.latency(4)
})

afterAll(async () => {
  await proxy.close()
  await server.close()
})

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The outcomes of all transactions so far. */
class Book {
  readonly committed = new Set<number>()
  /** Of transactions whose COMMIT has an unknown outcome. */
  readonly unknown = new Set<number>()
  readonly violations: string[] = []
  transactions = 0
  resolved = 0
  #ids = 0

  nextId(): number {
    return ++this.#ids
  }
}

type Random = ReturnType<typeof seededRandom>["next"]

class Round {
  readonly #book: Book
  readonly #random: Random
  readonly #stragglers: Promise<unknown>[] = []

  constructor(book: Book, random: Random) {
    this.#book = book
    this.#random = random
  }

  async run(pool: ConnectionPool): Promise<void> {
    const stop = new AbortController()
    const abortAfter = this.#chance(0.2) ? setTimeout(() => stop.abort(new Error("the caller's own")), this.#random() * 60) : undefined
    let ids: Set<number> = new Set()
    this.#book.transactions++
    try {
      await pool.transaction(
        async (tx) => {
          // A retried attempt writes other rows.
          ids = new Set()
          const mine = ids
          await this.#work(tx, mine, 0)
        },
        {
          signal: stop.signal,
          retries: this.#chance(0.5) ? 2 : 0,
          ...(this.#chance(0.1) && { timeoutMs: 1 + this.#random() * 60 }),
        },
      )
      this.#book.resolved++
      for (const id of ids) this.#book.committed.add(id)
    } catch (error) {
      if ((error as { code?: string }).code === "PGSD_COMMIT_UNKNOWN") for (const id of ids) this.#book.unknown.add(id)
    } finally {
      clearTimeout(abortAfter)
    }
    await Promise.allSettled(this.#stragglers)
  }

  async #work(tx: Transaction, ids: Set<number>, depth: number): Promise<void> {
    let over = false
    const isOver = () => over
    const steps = 1 + Math.floor(this.#random() * 5)
    try {
      for (let step = 0; step < steps; step++) await this.#step(tx, ids, depth, isOver)
    } finally {
      over = true
    }
  }

  async #step(tx: Transaction, ids: Set<number>, depth: number, isOver: () => boolean): Promise<void> {
    const choice = this.#random()
    if (choice < 0.35) return this.#insert(tx, ids)
    if (choice < 0.5) return void this.#straggle(this.#insert(tx, ids))
    if (choice < 0.6) {
      const late = later(this.#random() * 25).then(async () => {
        const dead = isOver()
        await this.#insert(tx, ids)
        if (dead) this.#book.violations.push("a call on a dead handle resolved")
      })
      return void this.#straggle(late)
    }
    if (choice < 0.75 && depth < 3) {
      const inside = new Set<number>()
      const nested = tx
        .transaction((inner) => this.#work(inner, inside, depth + 1))
        .then(() => {
          for (const id of inside) ids.add(id)
        })
      return this.#chance(0.8) ? nested.catch(() => {}) : void this.#straggle(nested)
    }
    if (choice < 0.8) return later(this.#random() * 10)
    if (choice < 0.85) return void (await tx.query("SELECT 1/0").catch(() => {}))
    if (choice < 0.88) throw new Error("own")
    if (choice < 0.91) return void (await tx.query("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"))
    if (choice < 0.92) return void (await tx.query("SELECT pg_terminate_backend(pg_backend_pid())"))
    if (choice < 0.95)
      return void (await tx.query("SELECT * FROM generate_series(1, 9)", [], { maxRows: this.#chance(0.5) ? 5 : 20 }).catch(() => {}))
    for await (const _ of tx.stream("SELECT generate_series(1, 9)", [], { batchSize: 4 })) if (this.#chance(0.2)) break
  }

  async #insert(tx: Transaction, ids: Set<number>): Promise<void> {
    const id = this.#book.nextId()
    await tx.query("INSERT INTO written VALUES ($1)", [id])
    ids.add(id)
  }

  #straggle(work: Promise<unknown>): void {
    this.#stragglers.push(work)
    work.catch(() => {})
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }
}

describe.each(DRIVERS)("$name", ({ load }) => {
  test(
    "what resolved transactions wrote is there, and nothing else",
    async () => {
      const driver: Driver = await load()
      const seed = Number(process.env.PGSD_PROPERTY_SEED ?? Date.now() % 1_000_000)
      await server.sql("TRUNCATE written")
      const book = new Book()
      const pool = createConnectionPool({
        driver,
        connection: server.connection({ host: proxy.host, port: proxy.port }),
        max: 3,
        acquireTimeoutMs: 20_000,
      })
      const end = performance.now() + DURATION_MS
      await Promise.all(
        Array.from({ length: CALLERS }, async (_, caller) => {
          const { next } = seededRandom(seed * 100 + caller)
          while (performance.now() < end) await new Round(book, next).run(pool)
        }),
      )
      await pool.close()
      const rows = new Set((await server.sql("SELECT id::text FROM written")).map((row) => Number(row.id)))
      const missing = [...book.committed].filter((id) => !rows.has(id))
      const extra = [...rows].filter((id) => !book.committed.has(id) && !book.unknown.has(id))
      const summary = `PGSD_PROPERTY_SEED=${seed}, ${book.transactions} transactions, ${book.resolved} resolved`
      expect({ violations: book.violations, missing, extra }, summary).toEqual({ violations: [], missing: [], extra: [] })
      expect(book.resolved, summary).toBeGreaterThan(20)
    },
    DURATION_MS + 30_000,
  )
})
