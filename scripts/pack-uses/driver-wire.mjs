import assert from "node:assert/strict"
import { wireDriver } from "@pgsd/driver-wire"

const driver = wireDriver()
assert.equal(driver.name, "wire")
await assert.rejects(driver.connect({ host: "127.0.0.1", port: 1, user: "app" }), { code: "PGSD_CONNECTION_REFUSED" })
