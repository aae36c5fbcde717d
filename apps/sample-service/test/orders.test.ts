import assert from "node:assert/strict"
import { test } from "node:test"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver, mockDatabaseConnector } from "@pgsd/testing"
import { OutOfStock, placeOrder } from "../src/orders.ts"

test("an order reduces the stock, and notifies", async () => {
  const db = mockDatabaseConnector({
    rows: [
      [/^UPDATE stock/, [{ pieces: 7 }]],
      [/^INSERT INTO orders/, [{ id: 1 }]],
    ],
  })
  assert.equal(await placeOrder(db, "tea", 3), 1)
  assert.deepEqual(
    db.calls.map(({ method }) => method),
    ["transaction", "maybeOne", "one", "notify"],
  )
})

test("an order beyond the stock changes nothing", async () => {
  const db = mockDatabaseConnector() // every statement returns no rows
  await assert.rejects(placeOrder(db, "tea", 3), OutOfStock)
  assert.deepEqual(
    db.calls.map(({ method }) => method),
    ["transaction", "maybeOne"],
  )
})

test("a deadlock is retried", async () => {
  const driver = fakeDriver()
  driver.answer(/^INSERT INTO orders/, [{ id: 1 }])
  driver.answer(/^UPDATE stock/, [{ pieces: 7 }])
  driver.answer(/^UPDATE stock/, { error: { sqlState: "40P01", message: "deadlock detected" } }, { times: 1 })
  await using pool = createConnectionPool({ driver })
  assert.equal(await placeOrder(pool, "tea", 3), 1)
  assert.equal(driver.queries.filter(({ sql }) => sql.startsWith("UPDATE")).length, 2)
})
