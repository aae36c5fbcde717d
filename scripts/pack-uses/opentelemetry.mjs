import assert from "node:assert/strict"
import { instrumentPools } from "@pgsd/opentelemetry"
import { createConnectionPool } from "@pgsd/pool"

const names = []
const span = { setAttributes() {}, setStatus() {}, end: () => names.push("end") }
function startSpan(name) {
  names.push(name)
  return span
}
const stop = instrumentPools({ tracer: { startSpan } })
const connection = {
  status: "idle",
  info: { label: "test", user: "app", database: "app", processId: 0, authentication: "trust", connectTimeMs: 0 },
  serverParameters: {},
  native: undefined,
  query: async () => ({ rows: [], rowCount: 0, command: "SELECT", fields: [] }),
  onClose() {},
  onNotice() {},
  onNotification() {},
  close: async () => {},
  destroy() {},
}
const pool = createConnectionPool({ open: async () => connection })
await pool.query("SELECT 1")
await pool.close()
stop()
assert.deepEqual(names, ["SELECT", "end"])
