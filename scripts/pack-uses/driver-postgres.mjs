import assert from "node:assert/strict"
import { postgresDriver } from "@pgsd/driver-postgres"

const driver = postgresDriver()
assert.equal(driver.name, "postgres")
await assert.rejects(driver.connect({ host: "127.0.0.1", port: 1, user: "app" }), { code: "PGSD_CONNECTION_REFUSED" })
