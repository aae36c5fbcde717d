import type { PGlite } from "@electric-sql/pglite"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { driverConformance } from "@pgsd/testing"
import { afterAll, beforeAll, describe, it } from "vitest"

const driver = pgliteDriver()
// PGlite starts slowly, which must not count for one law.
beforeAll(async () => (await driver.connect()).close(), 120_000)
afterAll(() => driver.close())

driverConformance({ describe, it }, { name: "pglite", driver, native: (client, sql) => (client as PGlite).exec(sql) })
