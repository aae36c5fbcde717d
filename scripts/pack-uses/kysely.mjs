import assert from "node:assert/strict"
import { PgsdDialect } from "@pgsd/kysely"
import { createConnectionPool } from "@pgsd/pool"
import { Kysely } from "kysely"

// An object that satisfies the contract is enough for a pool, and a pool for Kysely.
const sent = []
const connection = {
  status: "idle",
  info: { label: "test", user: "app", database: "app", processId: 0, authentication: "trust", connectTimeMs: 0 },
  serverParameters: {},
  native: undefined,
  query: async (sql, params) => {
    sent.push([sql, params])
    return { rows: [{ name: "Rex" }], rowCount: 1, command: "SELECT", fields: [] }
  },
  onClose() {},
  onNotice() {},
  onNotification() {},
  close: async () => {},
  destroy() {},
}
const db = new Kysely({ dialect: new PgsdDialect({ pool: createConnectionPool({ open: async () => connection }) }) })
assert.deepEqual(await db.selectFrom("pet").select("name").where("id", "=", 1).execute(), [{ name: "Rex" }])
assert.deepEqual(sent, [['select "name" from "pet" where "id" = $1', [1]]])
await db.destroy()
