import { pgliteDriver } from "@pgsd/driver-pglite"
import { driverConformance } from "@pgsd/testing"
import { afterAll, beforeAll, describe, it } from "vitest"

const driver = pgliteDriver()
// PGlite takes its time to start: not one law's.
beforeAll(async () => (await driver.connect()).close(), 120_000)
afterAll(() => driver.close())

driverConformance({ describe, it }, { name: "pglite", driver })
