import { describe, it } from "node:test"
import { driverConformance } from "@pgsd/testing"
import { scriptedDriver } from "../scripted-driver.ts"

driverConformance({ describe, it }, { name: "fake", driver: scriptedDriver(), rounds: { aborts: 20 } })
