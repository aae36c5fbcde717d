import { expect } from "vitest"
import { test } from "./database.ts"
import { placeOrder } from "./orders.ts"

test("an order reduces the stock", async ({ pool }) => {
  expect(await placeOrder(pool, "tea", 3)).toBe(1)
  expect(await pool.one("SELECT pieces FROM stock")).toEqual({ pieces: 7 })
})

test("of two concurrent orders one is retried, and both count", async ({ pool }) => {
  const ids = await Promise.all([placeOrder(pool, "tea", 5), placeOrder(pool, "tea", 5)])
  expect(new Set(ids).size).toBe(2)
  expect(await pool.one("SELECT pieces FROM stock")).toEqual({ pieces: 0 })
})

test("an order beyond the stock changes nothing", async ({ pool }) => {
  await expect(placeOrder(pool, "tea", 11)).rejects.toMatchObject({ sqlState: "23514" })
  expect(await pool.query("SELECT FROM orders")).toMatchObject({ rowCount: 0 })
})
