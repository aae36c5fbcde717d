import assert from "node:assert/strict"
import { fakeDriver, manualClock, mockDatabaseConnector } from "@pgsd/testing"
import { faultProxy } from "@pgsd/testing/proxy"

const connection = await fakeDriver().connect()
assert.equal(connection.status, "idle")
await connection.close()
let fired = false
const clock = manualClock()
clock.setTimeout(() => {
  fired = true
}, 1_000)
await clock.advance(1_000)
assert.equal(fired, true)
assert.equal((await mockDatabaseConnector({ version: "16.2" }).getVersion()).major, 16)
const proxy = await faultProxy({ host: "127.0.0.1", port: 1 })
await proxy.close()
