import { describe, it } from "node:test"
import { driverConformance } from "@pgsd/testing"
import { native, scriptedDriver } from "../scripted-driver.ts"

driverConformance({ describe, it }, { name: "fake", driver: scriptedDriver(), native, rounds: { aborts: 20 } })
