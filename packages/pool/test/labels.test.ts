import { PgsdError } from "@pgsd/driver"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { type ConnectionPool, createConnectionPool } from "../src/index.ts"

// Every error of a pool names its database, whatever refused the call.

type NoCalls = "label" | "state" | "tryAcquire" | "cleanupStaleConnections" | "evict" | "suspend" | "resume" | "closeIdle" | "stats"
type Calls = Exclude<keyof ConnectionPool, NoCalls | symbol>

const bad = { nonsense: 1 } as never
const WITH_BAD_OPTIONS: Readonly<Record<Calls, (pool: ConnectionPool) => unknown>> = {
  ready: (pool) => pool.ready(bad),
  acquire: (pool) => pool.acquire(bad),
  use: (pool) => pool.use(() => 1, bad),
  transaction: (pool) => pool.transaction(() => 1, bad),
  query: (pool) => pool.query("SELECT 1", [], bad),
  one: (pool) => pool.one("SELECT 1", [], bad),
  maybeOne: (pool) => pool.maybeOne("SELECT 1", [], bad),
  batch: (pool) => pool.batch([], bad),
  stream: (pool) => pool.stream("SELECT 1", [], bad).next(),
  copyFrom: (pool) => pool.copyFrom("COPY t FROM STDIN", [], bad),
  copyTo: (pool) => pool.copyTo("COPY t TO STDOUT", bad).next(),
  notify: (pool) => pool.notify("news", "", bad),
  listen: (pool) => pool.listen("news", () => {}, bad),
  healthCheck: (pool) => pool.healthCheck(bad),
  resize: (pool) => pool.resize(bad),
  close: (pool) => pool.close(bad),
}
const WITH_A_BAD_STATEMENT: readonly (keyof typeof WITH_BAD_OPTIONS)[] = [
  "query",
  "one",
  "maybeOne",
  "batch",
  "stream",
  "copyFrom",
  "copyTo",
]

function poolOf(options: object): ConnectionPool {
  const pool = createConnectionPool({
    driver: fakeDriver({ supports: { network: true } }),
    label: "shop",
    acquireTimeoutMs: 5_000,
    ...options,
  } as never)
  onTestFinished(() => pool.close({ timeoutMs: 1 }))
  return pool
}

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

const connection = { host: "127.0.0.1", user: "app" }

describe.each(Object.entries(WITH_BAD_OPTIONS))("%s", (name, call) => {
  test.each([1, 4])("with an unknown option, over a pool of pipelineDepth %i", async (pipelineDepth) => {
    const pool = poolOf({ connection, pipelineDepth })
    expect(await failureOf(() => call(pool))).toMatchObject({ code: "PGSD_INVALID_OPTION", label: "shop" })
  })

  if (WITH_A_BAD_STATEMENT.includes(name as Calls))
    test.each([1, 4])("with an invalid statement, over a pool of pipelineDepth %i", async (pipelineDepth) => {
      const pool = poolOf({ connection, pipelineDepth }) as unknown as Record<string, (...args: unknown[]) => unknown>
      const wrong = name === "batch" ? [{ bad: 1 }] : { bad: 1 }
      const start = async () => {
        const begun = pool[name]!(wrong) as { next?: () => unknown }
        return begun.next === undefined ? begun : begun.next()
      }
      expect(await failureOf(start)).toMatchObject({ code: "PGSD_INVALID_PARAMETER", label: "shop" })
    })
})

describe("an opening that fails with an error without a label", () => {
  const fails = () => {
    throw new PgsdError("PGSD_CONFIG_MINE", "a file is missing")
  }

  const OPENINGS: Readonly<Record<string, () => object>> = {
    "the connection function": () => ({ connection: fails }),
    "a promise of a connection": () => ({ connection: Promise.resolve().then(fails) }),
    "the open function": () => ({ driver: undefined, open: async () => fails() }),
    "a driver": () => {
      const driver = fakeDriver({ supports: { network: true } })
      return { connection, driver: Object.assign(Object.create(driver), { connect: async () => fails() }) }
    },
  }

  test.each(Object.entries(OPENINGS))("%s", async (_, options) => {
    const pool = poolOf(options())
    for (const call of [() => pool.query("SELECT 1"), () => pool.acquire(), () => pool.transaction(() => 1), () => pool.ready()])
      expect(await failureOf(call)).toMatchObject({ label: "shop" })
  })
})

describe("a pool without a label of its own", () => {
  const settled = { host: "127.0.0.1", port: 5433, user: "app", database: "shop" }
  const INPUTS: Readonly<Record<string, () => unknown>> = {
    "a literal": () => settled,
    "a promise": () => Promise.resolve(settled),
    "a function": () => () => settled,
    "a function that gives a promise": () => async () => settled,
  }

  test.each(Object.entries(INPUTS))("is called what its connection says, as soon as that is known: %s", async (name, input) => {
    const driver = fakeDriver({ supports: { network: true } })
    driver.answer("SELECT wrong", { error: { sqlState: "42703" } })
    const pool = createConnectionPool({ driver, connection: input() as never, acquireTimeoutMs: 5_000 })
    onTestFinished(() => pool.close({ timeoutMs: 1 }))
    const label = "127.0.0.1:5433/shop"
    expect(pool.label).toBe(name === "a literal" ? label : "database")
    await expect(pool.query("SELECT wrong")).rejects.toMatchObject({ label })
    expect(pool.label).toBe(label)
    expect((await pool.use((lease) => lease)).info.label).toBe(label)
    await expect(pool.use((lease) => lease).then((lease) => lease.query("SELECT 1"))).rejects.toMatchObject({ label })
    pool.suspend()
    const error = await failureOf(() => pool.query("SELECT 1", [], { acquireTimeoutMs: 50 }))
    expect(error).toMatchObject({ label, message: expect.stringContaining(label) })
  })
})
