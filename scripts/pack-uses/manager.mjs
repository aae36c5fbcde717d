import assert from "node:assert/strict"
import { createDatabaseManager } from "@pgsd/manager"

const refused = { name: "refused", supports: { concurrency: "many", network: true, cancel: true, pipeline: true, channelBinding: false } }
const driver = {
  ...refused,
  connect: async () => {
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
  },
}
const database = { host: "127.0.0.1", port: 1, user: "app", database: "app" }
const manager = createDatabaseManager({ databases: { source: database, target: database } }, { driver })
const report = await manager.verifyConnections()
assert.equal(report.source.ok, false)
await manager.closeAll()
