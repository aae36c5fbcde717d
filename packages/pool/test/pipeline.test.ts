import { describe, expect, test } from "vitest"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

const depth = (settings = {}) => poolKit({ max: 1, pipelineDepth: 4, ...settings })

/** Connection by query, in order of their start. */
function placesOf(driver: ReturnType<typeof poolKit>["driver"]): number[] {
  return driver.queries.map((each) => each.connection.id)
}

test("when max is reached, one-shot queries share a connection, at most pipelineDepth of them", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select work", { delayMs: 10 })
  const all = Array.from({ length: 6 }, () => watch(pool.query("select work")))
  await turn()
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 2 })
  await clock.advance(10)
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 1 })
  await clock.advance(60)
  expect(all.every((each) => each.state === "resolved")).toBe(true)
  expect(pool.stats()).toMatchObject({ idle: 1, leased: 0, waiting: 0 })
  expect(driver.counts.opened).toBe(1)
})

test("the pool grows to max before connections are shared", async () => {
  const { pool, driver, clock } = depth({ max: 3 })
  driver.answer("select work", { delayMs: 10 })
  const all = Promise.all(Array.from({ length: 6 }, () => pool.query("select work")))
  await clock.advance(100)
  await all
  expect(driver.counts.opened).toBe(3)
  expect(new Set(placesOf(driver)).size).toBe(3)
})

test("an acquired connection is never shared", async () => {
  const { pool, driver } = depth()
  const lease = await pool.acquire()
  const waiting = watch(pool.query("select work"))
  await turn()
  expect([waiting.state, driver.queries.length]).toEqual(["pending", 0])
  lease.release()
  await waiting.promise
})

test("a query with a signal or a timeout has its connection to itself", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select work", { delayMs: 10 })
  const shared = watch(pool.query("select work"))
  await turn()
  const alone = [
    watch(pool.query("select work", [], { signal: new AbortController().signal })),
    watch(pool.query("select work", [], { timeoutMs: 1_000 })),
  ]
  await turn()
  expect(pool.stats().waiting).toBe(2)
  await clock.advance(10)
  expect([shared.state, pool.stats().waiting]).toEqual(["resolved", 1])
  await clock.advance(20)
  expect(alone.map((each) => each.state)).toEqual(["resolved", "resolved"])
})

test("queries that could share do not overtake callers waiting for a connection", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select work", { delayMs: 10 })
  const first = watch(pool.query("select work"))
  await turn()
  const acquiring = watch(pool.acquire())
  const later = watch(pool.query("select work"))
  await clock.advance(10)
  expect([first.state, acquiring.state, later.state]).toEqual(["resolved", "resolved", "pending"])
  acquiring.value!.release()
  await clock.advance(20)
  expect(later.state).toBe("resolved")
})

test("an error affects its own query alone, a loss all that share the connection", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select bad", { error: { sqlState: "42601" } })
  driver.answer("select work", { delayMs: 10 })
  const [good, bad, also] = ["select work", "select bad", "select work"].map((sql) => watch(pool.query(sql)))
  await clock.advance(30)
  expect([good!.state, bad!.state, also!.state]).toEqual(["resolved", "rejected", "resolved"])
  const all = Array.from({ length: 3 }, () => watch(pool.query("select work")))
  await turn()
  driver.killAll()
  await turn()
  expect(all.map((each) => each.error)).toMatchObject([0, 1, 2].map(() => ({ code: "PGSD_CONNECTION_LOST" })))
  await watch(pool.query("SELECT 1")).promise
})

test("a slow query delays those behind it", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select slow", { delayMs: 1_000 })
  const slow = watch(pool.query("select slow"))
  await turn()
  const quick = watch(pool.query("select quick"))
  await clock.advance(999)
  expect(quick.state).toBe("pending")
  await clock.advance(2)
  expect([slow.state, quick.state]).toEqual(["resolved", "resolved"])
})

// A statement may share only if it is known to be harmless; BEGIN is not recognised by pattern.
test.each([
  "BEGIN",
  "begin isolation level serializable",
  "START/**/TRANSACTION",
  "START -- c\n TRANSACTION",
  "/* /* */ */ BEGIN",
  "-- x\rBEGIN",
  "-- why\n /* and\nhow */begin;",
  "\u00a0begin",
  "select 1; begin",
  "execute begins",
  "call begins()",
  "do $$ begin commit; end $$",
  "copy t from program 'true'",
  "lock t",
])("%j has its connection to itself", async (sql) => {
  const { pool, driver, clock } = depth()
  driver.answer(sql, { delayMs: 10 })
  const alone = watch(pool.query(sql))
  await turn()
  const other = watch(pool.query("select work"))
  await turn()
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 1 })
  await clock.advance(30)
  expect([alone.state, other.state]).toEqual(["resolved", "resolved"])
})

test("BEGIN through query() is rolled back when its connection is released, as without pipelineDepth", async () => {
  const { pool, driver } = depth()
  await pool.query("BEGIN")
  await turn()
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "ROLLBACK"])
})

test("a text of several statements has its connection to itself: one of them may begin a transaction", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select work", { delayMs: 10 })
  const several = watch(pool.query("BEGIN; select work"))
  const other = watch(pool.query("select work;"))
  await turn()
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 1 })
  await clock.advance(30)
  expect([several.state, other.state]).toEqual(["resolved", "resolved"])
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN; select work", "ROLLBACK", "select work;"])
  const shared = Promise.all([
    pool.query("/* no */ select work /* to */ begin"),
    pool.query("select work;"),
    pool.query("select work $1 ; -- more", [1]),
    pool.query("select work ;\n"),
  ])
  await turn()
  expect(pool.stats().waiting).toBe(0)
  await clock.advance(100)
  await shared
  // What is not a string is refused by the driver.
  await expect(pool.query(undefined as never)).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
  expect(driver.queries).toHaveLength(7)
})

test("a shared connection is released now and then, and at once after evict()", async () => {
  const { pool, driver, clock } = depth({ maxLifetimeMs: 3_000, maxLifetimeJitter: 0 })
  driver.answer("select work", { delayMs: 10 })
  let running = true
  const worker = async () => {
    while (running) await pool.query("select work")
  }
  const workers = Promise.all([worker(), worker(), worker()])
  await clock.advance(5_000)
  expect(driver.counts.opened).toBe(2)
  pool.evict()
  await clock.advance(50)
  expect(driver.counts.opened).toBe(3)
  running = false
  await clock.advance(100)
  await workers
  expect(pool.stats()).toMatchObject({ leased: 0, waiting: 0 })
})

test("suspend sends no queued queries to shared connections; close serves them", async () => {
  const { pool, driver, clock } = depth()
  driver.answer("select work", { delayMs: 10 })
  const all = Array.from({ length: 6 }, () => watch(pool.query("select work")))
  await turn()
  pool.suspend()
  await clock.advance(100)
  expect(all.filter((each) => each.state === "resolved")).toHaveLength(4)
  const closed = watch(pool.close())
  await clock.advance(100)
  expect(all.every((each) => each.state === "resolved")).toBe(true)
  await turn()
  expect(closed.state).toBe("resolved")
})

test("a caller of query() times out in the queue like any other", async () => {
  const { pool, driver, clock } = depth({ pipelineDepth: 2, acquireTimeoutMs: 100 })
  driver.answer("select slow", { delayMs: 1_000 })
  const all = [1, 2, 3].map(() => watch(pool.query("select slow")))
  await clock.advance(102)
  expect(all[2]!.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
  await clock.advance(2_000)
  expect(all.map((each) => each.state)).toEqual(["resolved", "resolved", "rejected"])
})

describe('pipelineDepth: "auto"', () => {
  const auto = () => poolKit({ max: 1, pipelineDepth: "auto" })
  type Kit = ReturnType<typeof auto>

  /** Runs it that many times, sequentially. */
  async function learn({ pool, clock }: Kit, sql: string, ms: number, times = 16): Promise<void> {
    for (let run = 0; run < times; run++) {
      const done = pool.query(sql)
      await clock.advance(ms)
      await done
    }
  }

  /** How many of three concurrent callers have reached the server, with one connection. */
  async function atOnce({ pool, driver, clock }: Kit, sql: string): Promise<number> {
    const before = driver.queries.length
    const all = [1, 2, 3].map(() => watch(pool.query(sql)))
    await turn()
    const waiting = pool.stats().waiting
    await clock.advance(1_000)
    expect(all.map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"])
    expect(driver.queries.length - before).toBe(3)
    return 3 - waiting
  }

  test("a statement shares once 16 runs have shown that it is short, not before", async () => {
    const kit = auto()
    kit.driver.answer("select short", { delayMs: 5 })
    await learn(kit, "select short", 5, 13)
    // Three more, each alone.
    expect(await atOnce(kit, "select short")).toBe(1)
    expect(await atOnce(kit, "select short")).toBe(3)
  })

  test("one that takes longer than 25 ms has its connection to itself", async () => {
    const kit = auto()
    kit.driver.answer("select long", { delayMs: 26 })
    await learn(kit, "select long", 26, 300)
    expect(await atOnce(kit, "select long")).toBe(1)
  })

  test("time spent waiting behind others does not count; slowing down does", async () => {
    const kit = auto()
    let delayMs = 5
    kit.driver.answer("select varies", () => new Promise((resolve) => kit.clock.setTimeout(() => resolve([]), delayMs)))
    await learn(kit, "select varies", 5)
    const many = Array.from({ length: 50 }, () => kit.pool.query("select varies"))
    await kit.clock.advance(1_000)
    await Promise.all(many)
    expect(await atOnce(kit, "select varies")).toBe(3)
    delayMs = 200
    await atOnce(kit, "select varies")
    delayMs = 5
    expect(await atOnce(kit, "select varies")).toBe(1)
  })

  test("lock keywords in quotes or comments do not count", async () => {
    const kit = auto()
    const sql = "select 'for update' as \"for share\" -- for update"
    kit.driver.answer(sql, { delayMs: 5 })
    await learn(kit, sql, 5)
    expect(await atOnce(kit, sql)).toBe(3)
  })

  test("the time of a failed query does not count for the one behind it", async () => {
    const kit = auto()
    kit.driver.answer("select short", { delayMs: 5 })
    kit.driver.answer("select fails", { delayMs: 5 })
    await learn(kit, "select short", 5)
    await learn(kit, "select fails", 5)
    kit.driver.answer("select fails", { delayMs: 200, error: { sqlState: "57014" } })
    for (let round = 0; round < 3; round++) {
      const both = [watch(kit.pool.query("select fails")), watch(kit.pool.query("select short"))]
      await kit.clock.advance(1_000)
      expect(both.map(({ state }) => state)).toEqual(["rejected", "resolved"])
    }
    expect(await atOnce(kit, "select short")).toBe(3)
  })

  test.each([
    "select * from jobs for update skip locked",
    "SELECT 1 FOR\n NO KEY UPDATE",
    "select * from jobs for /* skip */ update",
    "select * from jobs for -- all\n share",
    "select 1 for key share",
    "insert into jobs values (1)",
    "update jobs set done = true",
    "with gone as (delete from jobs returning *) select * from gone",
    "explain analyze update jobs set done = true",
    "show all",
  ])("never shared: %s", async (sql) => {
    const kit = auto()
    await learn(kit, sql, 0, 20)
    kit.driver.answer(sql, { delayMs: 5 })
    expect(await atOnce(kit, sql)).toBe(1)
  })

  test("the statistics are bounded: the oldest text is forgotten", async () => {
    const kit = auto()
    await learn(kit, "select first", 0, 20)
    for (let n = 0; n < 1_000; n++) await kit.pool.query(`select ${n}`)
    kit.driver.answer("select first", { delayMs: 5 })
    expect(await atOnce(kit, "select first")).toBe(1)
  })
})
