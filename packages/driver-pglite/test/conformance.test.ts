import { pgliteDriver } from "@pgsd/driver-pglite"
import { driverConformance } from "@pgsd/testing"
import { describe, it } from "vitest"

driverConformance({ describe, it }, { name: "pglite", driver: pgliteDriver() })
