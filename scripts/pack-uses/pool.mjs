import assert from "node:assert/strict"
import { createConnectionPool } from "@pgsd/pool"

// A pool needs only an object that satisfies the contract, with nothing else installed.
const connection = {
  status: "idle",
  info: { label: "test", user: "app", database: "app", processId: 0, authentication: "trust", connectTimeMs: 0 },
  serverParameters: {},
  native: undefined,
  query: async () => ({ rows: [{ one: 1 }], rowCount: 1, command: "SELECT", fields: [] }),
  onClose() {},
  onNotice() {},
  onNotification() {},
  close: async () => {},
  destroy() {},
}
const pool = createConnectionPool({ open: async () => connection, max: 2 })
const { rows } = await pool.query("select 1 as one")
assert.deepEqual(rows, [{ one: 1 }])
await pool.close()
assert.equal(pool.stats().total, 0)
