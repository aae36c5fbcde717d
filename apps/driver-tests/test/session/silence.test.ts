import type { Connection, Driver } from "@pgsd/driver"
import type { Session } from "@pgsd/driver/session"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// K2: the peer goes silent before it answers the n-th statement that a helper sends, for every n there is. Whatever the call was
// given as its bound ends it then, and the connection is of no use to anybody afterwards.

interface Limits {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

const BOUND_MS = 150
/** COMMIT is stopped by neither. */
const COMMIT = { commitTimeoutMs: BOUND_MS }

/** Every call that sends statements; each with all that may be given to it. */
const HELPERS: Readonly<Record<string, (session: Session, limits: Limits) => Promise<unknown>>> = {
  query: (session, limits) => session.query("SELECT 1", undefined, limits),
  "query with parameters": (session, limits) => session.query("SELECT $1::int", [1], limits),
  "query, prepared": (session, limits) => session.query("SELECT $1::int", [1], { ...limits, prepare: true }),
  "query with maxRows": (session, limits) => session.query("SELECT 1", undefined, { ...limits, maxRows: 5 }),
  "query with maxRows, a writer": (session, limits) => session.query("DELETE FROM silent RETURNING n", [], { ...limits, maxRows: 5 }),
  one: (session, limits) => session.one("SELECT 1", [], limits),
  maybeOne: (session, limits) => session.maybeOne("SELECT 1", [], limits),
  batch: (session, limits) => session.batch(["SELECT 1", { text: "SELECT $1::int", values: [2] }], limits),
  "batch that fails": (session, limits) => session.batch(["SELECT 1", "SELECT 1/0"], limits),
  "batch inside a transaction": (session, limits) =>
    session.transaction((tx) => tx.batch(["SELECT 1", "SELECT 2"], limits), { ...limits, ...COMMIT }),
  // It has no timeout of its own.
  pipeline: (session, { signal, timeoutMs }) =>
    session.pipeline([{ sql: "SELECT 1" }], { signal: signal ?? (timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)) }),
  stream: (session, limits) => drained(session.stream("SELECT generate_series(1, 5)", [], { ...limits, batchSize: 2 })),
  "stream inside a transaction": (session, limits) =>
    session.transaction((tx) => drained(tx.stream("SELECT generate_series(1, 5)", [], { ...limits, batchSize: 2 })), {
      ...limits,
      ...COMMIT,
    }),
  transaction: (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.query("SELECT 1")
        await tx.query("SELECT $1::int", [2])
      },
      { ...limits, ...COMMIT, isolation: "serializable", settings: { "pgsd.test": "1" } },
    ),
  "transaction that fails": (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.query("SELECT 1")
        throw new Error("own")
      },
      { ...limits, ...COMMIT },
    ),
  savepoint: (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.transaction((inner) => inner.query("SELECT 1"), limits)
        await tx.query("SELECT 2")
      },
      { ...limits, ...COMMIT },
    ),
  "savepoint that fails": (session, limits) =>
    session.transaction(
      async (tx) => {
        await tx.transaction((inner) => inner.query("SELECT 1/0"), limits).catch(() => {})
        await tx.query("SELECT 2")
      },
      { ...limits, ...COMMIT },
    ),
}

/** Resolves as a call does that nothing bounds. */
function hang(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, GENEROUS_MS, "a hang").unref())
}

async function drained(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows) void _
}

/** Calls `before` with the number of each statement before it is sent. */
function counted(connection: Connection, before: (number: number) => void): Connection {
  const query = connection.query.bind(connection)
  const pipeline = connection.pipeline.bind(connection)
  let number = 0
  connection.pipeline = (...args) => {
    before(++number)
    return pipeline(...args)
  }
  connection.query = ((...args: Parameters<typeof query>) => {
    before(++number)
    return query(...args)
  }) as typeof connection.query
  return connection
}

/** The session's own limits are 300 ms here; what takes more than this hangs. */
const GENEROUS_MS = 10_000

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE silent (n int); INSERT INTO silent VALUES (1)")
})

afterAll(() => server.close())

/** What ends a call: its own signal or timeout, or the timeout that the pool has for every statement. */
type Bound = keyof Limits | "queryTimeoutMs"
const BOUNDS: readonly Bound[] = ["signal", "timeoutMs", "queryTimeoutMs"]

/** A pool of one connection, which calls `before` with the number of each statement. */
async function poolThrough(driver: Driver, proxy: FaultProxy, bound: Bound, before: (number: number) => void): Promise<ConnectionPool> {
  const open = async () => counted(await driver.connect({ ...server.target(), host: proxy.host, port: proxy.port }), before)
  const short = { resetTimeoutMs: 300, cancelTimeoutMs: 300, closeTimeoutMs: 300, commitTimeoutMs: BOUND_MS }
  return createConnectionPool({ open, max: 1, ...short, queryTimeoutMs: bound === "queryTimeoutMs" ? 2_000 : undefined })
}

interface Outcome {
  readonly at: string
  readonly waitedMs: number
  readonly error: unknown
}

/** Runs a helper once to count its statements, then once for each of them with silence before its answer. */
async function silencesOf(driver: Driver, name: string, bound: Bound): Promise<Outcome[]> {
  const helper = HELPERS[name]!
  await using proxy = await faultProxy({ host: server.host, port: server.port })
  let statements = 0
  await using whole = await poolThrough(driver, proxy, bound, () => statements++)
  await whole.use((session) => helper(session, {}).catch(() => {}))
  expect(statements, name).toBeGreaterThan(0)
  return Promise.all(Array.from({ length: statements }, (_, index) => silenceBefore(index + 1)))

  async function silenceBefore(statement: number): Promise<Outcome> {
    await using silent = await faultProxy({ host: server.host, port: server.port })
    const controller = new AbortController()
    let fell = Number.NaN
    const pool = await poolThrough(driver, silent, bound, (number) => {
      if (number !== statement) return
      silent.blackholeOpen()
      silent.blackholeNew()
      fell = performance.now()
      setTimeout(() => controller.abort(new Error("the caller's own")), BOUND_MS)
    })
    const lease = await pool.acquire()
    const limits = { signal: { signal: controller.signal }, timeoutMs: { timeoutMs: 2_000 }, queryTimeoutMs: {} }[bound]
    const error = await Promise.race([helper(lease, limits), hang()]).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const waitedMs = performance.now() - fell
    lease.destroy()
    await pool.close()
    return { at: `${name}: silence before the answer to statement ${statement}`, waitedMs, error }
  }
}

describe.each(DRIVERS)("$name", ({ load }) => {
  it.each(BOUNDS)("whatever sends statements is bounded by %s before each of them", async (bound) => {
    const driver = await load()
    const outcomes = await Promise.all(Object.keys(HELPERS).map((name) => silencesOf(driver, name, bound)))
    for (const { at, waitedMs, error } of outcomes.flat()) {
      expect(waitedMs, at).toBeLessThan(GENEROUS_MS)
      expect(error, at).toBeInstanceOf(Error)
    }
  })

  it("the pool's own calls are bounded: health check, reset, close", async () => {
    const driver = await load()
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    const pool = createConnectionPool({
      driver,
      connection: server.connection({ host: proxy.host, port: proxy.port }),
      reset: "session",
      validateTimeoutMs: BOUND_MS,
      resetTimeoutMs: BOUND_MS,
      connectTimeoutMs: BOUND_MS * 4,
      acquireTimeoutMs: BOUND_MS * 8,
    })
    const began = performance.now()
    const [idle, leased] = await Promise.all([pool.acquire(), pool.acquire()])
    idle.release()
    await pool.query("SELECT 1")
    proxy.blackholeOpen()
    proxy.blackholeNew()
    leased.release()
    expect(await pool.healthCheck()).toMatchObject({ healthy: false })
    await pool.close({ timeoutMs: BOUND_MS })
    expect(performance.now() - began).toBeLessThan(GENEROUS_MS)
    expect(pool.stats().total).toBe(0)
  })
})
