import assert from "node:assert/strict"
import { pgDriver } from "@pgsd/driver-pg"

const driver = pgDriver()
assert.equal(driver.name, "pg")
await assert.rejects(driver.connect({ host: "127.0.0.1", port: 1, user: "app" }), { code: "PGSD_CONNECTION_REFUSED" })
