import assert from "node:assert/strict"
import { instrumentPools } from "@pgsd/opentelemetry"
import { createConnectionPool } from "@pgsd/pool"

const names = []
const span = { setAttributes() {}, setStatus() {}, end: () => names.push("end") }
const tracer = { startSpan: (name) => (names.push(name), span) }
const stop = instrumentPools({ tracer })
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
await pool.query("select 1")
await pool.close()
stop()
assert.deepEqual(names, ["SELECT app", "end"])
