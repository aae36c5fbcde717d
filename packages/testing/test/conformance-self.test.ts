import { driverConformance } from "@pgsd/testing"
import { describe, expect, it, test } from "vitest"
import { brokenAborts } from "./support/broken/aborts.ts"
import { brokenCopies } from "./support/broken/copies.ts"
import { brokenEnds } from "./support/broken/ends.ts"
import { brokenPipelines } from "./support/broken/pipelines.ts"
import { brokenSessions } from "./support/broken/session.ts"
import { brokenStatements } from "./support/broken/statements.ts"
import { brokenLaws, recorded } from "./support/recorder.ts"
import { native, scriptedDriver } from "./support/scripted-driver.ts"

const broken = [...brokenSessions, ...brokenStatements, ...brokenAborts, ...brokenCopies, ...brokenPipelines, ...brokenEnds]

driverConformance({ describe, it }, { name: "fake", driver: scriptedDriver(), native, rounds: { aborts: 60 } })

describe("a broken driver fails its law", () => {
  test.each(broken)("$law: $fault", async ({ law, also = [], breaks }) => {
    const subject = { name: "broken", driver: breaks(scriptedDriver()), native, timeoutMs: 250, rounds: { aborts: 30 } }
    expect([...(await brokenLaws(subject))].sort()).toEqual([law, ...also].sort())
  })

  test("every law that needs no network has one", () => {
    const { laws } = recorded({ name: "fake", driver: scriptedDriver(), native })
    expect(new Set(broken.map(({ law }) => law))).toEqual(new Set(laws.map(({ name }) => name)))
  })
})
