import type { Connection, Driver, Target } from "@pgsd/driver"
import { seededRandom } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { CANCEL_FATES, type CancelProxy, cancelProxy } from "./support/cancel-proxy.ts"
import { DRIVERS } from "./support/drivers.ts"

// K1: a cancel request never stops the next query, whatever happens to it on its way.

const ROUNDS = process.env.PGSD_TEST_FULL === undefined ? 24 : 300
const ABORTED_SECONDS = 0.15
const NEXT_SECONDS = 0.25

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

async function roundTrip(driver: Driver, seed: number): Promise<string | undefined> {
  const { next: random } = seededRandom(seed)
  await using proxy: CancelProxy = await cancelProxy(server)
  const target: Target = { ...server.target(), host: "127.0.0.1", port: proxy.port }
  proxy.fate = CANCEL_FATES[Math.floor(random() * CANCEL_FATES.length)]!
  proxy.delayMs = random() * 400
  const connection = await driver.connect(target)
  const controller = new AbortController()
  const aborted = connection.query(`SELECT pg_sleep(${ABORTED_SECONDS})`, undefined, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error("enough")), random() * ABORTED_SECONDS * 1_200)
  await aborted.catch(() => {})
  const hit = await nextQuery(connection)
  connection.destroy()
  return hit && `${proxy.fate}, ${Math.round(proxy.delayMs)} ms late: ${hit}`
}

/** A session that was given up cannot be hit. */
async function nextQuery(connection: Connection): Promise<string | undefined> {
  try {
    await connection.query(`SELECT pg_sleep(${NEXT_SECONDS})`)
    return undefined
  } catch (error) {
    return (error as { sqlState?: string }).sqlState === "57014" ? String(error) : undefined
  }
}

describe.each(DRIVERS)("$name", ({ load }) => {
  test("no cancel request hits the next query, at whatever moment and whatever becomes of it", async () => {
    const driver = await load()
    const first = Date.now() % 1_000_000
    const seeds = Array.from({ length: ROUNDS }, (_, index) => first + index)
    const hits: string[] = []
    while (seeds.length > 0) {
      const outcomes = await Promise.all(seeds.splice(0, 12).map(async (seed) => [seed, await roundTrip(driver, seed)] as const))
      for (const [seed, hit] of outcomes) if (hit !== undefined) hits.push(`seed ${seed}: ${hit}`)
    }
    expect(hits).toEqual([])
  })

  test("a query that is stopped directly leaves its connection to the next one", async () => {
    const driver = await load()
    const connection = await driver.connect(server.target())
    const controller = new AbortController()
    const aborted = connection.query("SELECT pg_sleep(30)", undefined, { signal: controller.signal })
    await expect
      .poll(async () => (await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%'")).length)
      .toBe(1)
    controller.abort(new Error("enough"))
    await expect(aborted).rejects.toThrow("enough")
    expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
    await connection.close()
  })

  test("queries that were given one signal share the wire and stop together; nothing warns of a leak", async () => {
    const driver = await load()
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on("warning", warned)
    const connection = await driver.connect(server.target())
    const controller = new AbortController()
    const reason = new Error("enough")
    const all = Array.from({ length: 300 }, () => connection.query("SELECT 1", undefined, { signal: controller.signal }))
    await Promise.all(all)
    await connection.query("BEGIN")
    const stopped = ["SELECT pg_sleep(30)", "SELECT 2", "SELECT 3"].map((sql) =>
      connection.query(sql, undefined, { signal: controller.signal }),
    )
    await expect
      .poll(
        async () =>
          (await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND state = 'active'")).length,
      )
      .toBe(1)
    controller.abort(reason)
    for (const each of await Promise.allSettled(stopped)) expect(each).toEqual({ status: "rejected", reason })
    expect(connection.status).toBe("failed")
    await connection.query("ROLLBACK")
    await connection.close()
    process.off("warning", warned)
    expect(warnings).toEqual([])
  })
})
