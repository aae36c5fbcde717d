import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver, manualClock, mockDatabaseConnector } from "@pgsd/testing"
import { expect, test } from "vitest"
import { placeOrder } from "./orders.ts"

test("mock: answers by statement text, and records the calls", async () => {
  const connector = mockDatabaseConnector({ rows: [[/^INSERT INTO orders/, [{ id: 7 }]]] })
  expect(await placeOrder(connector, "tea", 3)).toBe(7)
  expect(connector.calls.map(({ method }) => method)).toEqual(["transaction", "query", "one"])
})

test("fake driver: the pool retries after a serialization failure", async () => {
  const driver = fakeDriver()
  driver.answer(/^INSERT INTO orders/, [{ id: 7 }])
  driver.answer(/^UPDATE stock/, { error: { sqlState: "40001", message: "could not serialize access" } }, { times: 1 })
  await using pool = createConnectionPool({ driver })
  expect(await placeOrder(pool, "tea", 3)).toBe(7)
  expect(driver.queries.filter(({ sql }) => sql.startsWith("UPDATE"))).toHaveLength(2)
})

test("manual clock: a hanging statement times out without real waiting", async () => {
  const clock = manualClock()
  const driver = fakeDriver({ clock })
  driver.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
  const pool = createConnectionPool({ driver, clock, queryTimeoutMs: 60_000 })
  const slow = expect(pool.query("SELECT slow")).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  await clock.advance(60_000)
  await slow
  await pool.close()
  expect(driver.leaks()).toEqual([])
})
