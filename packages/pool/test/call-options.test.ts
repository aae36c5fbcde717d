import { expect, test } from "vitest"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("unknown options are refused by every call", async () => {
  const { pool } = poolKit()
  await expect(pool.acquire({ timeout: 1 } as never)).rejects.toThrow('unknown option of acquire "timeout"')
  await expect(pool.query("x", [], { timeout: 1 } as never)).rejects.toThrow('unknown option of query "timeout"')
  await expect(pool.transaction(() => 1, { readonly: true } as never)).rejects.toThrow('unknown option of transaction "readonly"')
  expect(() => pool.resize({ maximum: 1 } as never)).toThrow('unknown option of resize "maximum"')
  expect(() => pool.resize({ max: 1, min: 2 })).toThrow("min (2) is more than max (1)")
  await expect(pool.healthCheck({ timeout: 1 } as never)).rejects.toThrow('unknown option of healthCheck "timeout"')
  await expect(pool.acquire(5_000 as never)).rejects.toThrow("option of acquire: options must be an object, not number")
  const lease = await pool.acquire()
  await expect(lease.query("x", [], { timeout: 1 } as never)).rejects.toThrow('unknown option of query "timeout"')
  lease.release()
})

test.each<[string, object]>([
  ['isolation must be one of "read committed", "repeatable read", "serializable"', { isolation: "chaos" }],
  ["readOnly must be true or false", { readOnly: "false" }],
  ["deferrable must be true or false", { deferrable: 1 }],
  ["retries must be an integer ≥ 0, or Infinity", { retries: Number.NaN }],
  ["retries must be an integer ≥ 0, or Infinity", { retries: "3" }],
])("an invalid transaction option is refused before a connection is borrowed: %s", async (message, options) => {
  const { pool, driver } = poolKit()
  await expect(pool.transaction(() => 1, options)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION", message })
  expect(driver.counts.attempts).toBe(0)
})

test("an AbortController instead of its signal is refused, and no caller stays in the queue", async () => {
  const { pool } = poolKit({ max: 1 })
  const held = await pool.acquire()
  const signal = new AbortController() as never
  const refused = { code: "PGSD_INVALID_OPTION", message: "signal must be an AbortSignal", hint: "pass the controller's signal" }
  for (const call of [
    () => pool.acquire({ signal }),
    () => pool.use(() => 1, { signal }),
    () => pool.transaction(() => 1, { signal }),
    () => pool.ready({ signal }),
    () => pool.query("x", [], { signal }),
    () => pool.healthCheck({ signal }),
    () => held.query("x", [], { signal }),
  ])
    await expect(call()).rejects.toMatchObject(refused)
  await expect(pool.acquire({ signal: null as never })).rejects.toMatchObject({ message: "signal must be an AbortSignal" })
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 0 })
  held.release()
})

test("invalid query options reject and never throw; a query on the pool checks them before it waits", async () => {
  const { pool } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  const refused = watch(lease.query("x", [], { timeoutMs: 0 }))
  const waiting = watch(pool.query("x", [], { timeoutMs: -1 }))
  await turn()
  for (const each of [refused, waiting])
    expect(each.error).toMatchObject({ message: "timeoutMs must be a number of milliseconds greater than 0, or Infinity" })
  lease.release()
  const { rows } = await pool.query("x", [], { acquireTimeoutMs: 50, prepare: true })
  expect(rows).toEqual([])
})
