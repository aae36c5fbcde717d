import type { Driver } from "@pgsd/driver"
import { type ConformanceSubject, driverConformance } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, it, test } from "vitest"
import { brokenCloses, brokenConnects, brokenConversations, brokenLosses } from "./support/broken/network.ts"
import { brokenNetworkPipelines } from "./support/broken/pipelines.ts"
import { brokenPrograms } from "./support/broken/processes.ts"
import { brokenSilences } from "./support/broken/silences.ts"
import type { PlainNative } from "./support/plain-adapter.ts"
import { driver as plainDriver } from "./support/programs/plain.ts"
import { brokenLaws, recorded } from "./support/recorder.ts"
import { native, scriptedDriver } from "./support/scripted-driver.ts"

const broken = [...brokenConnects, ...brokenConversations, ...brokenNetworkPipelines, ...brokenLosses, ...brokenSilences, ...brokenCloses]
const execArgv = ["--conditions=@pgsd/source", "--import=tsx"]

let server: PostgresServer
beforeAll(async () => {
  // The plain driver has no SCRAM.
  server = await postgresServer({ hba: ["host all all all password"] })
})
afterAll(() => server?.close())

function subject(driver: Driver, module = new URL("./support/programs/plain.ts", import.meta.url)): ConformanceSubject {
  return {
    name: "plain",
    driver,
    target: () => server.target(),
    admin: { sql: (text) => server.sql(text) },
    native: (client, sql) => (client as PlainNative).ask(sql),
    program: { module, execArgv },
    rounds: { aborts: 40, cuts: 50, cancels: 64, silences: 24 },
  }
}

driverConformance({ describe, it }, subject(plainDriver))

describe("a broken driver fails its law", () => {
  test.each(broken)("$law: $fault", async ({ law, breaks, timeoutMs = 250 }) => {
    expect(await brokenLaws({ ...subject(breaks(plainDriver)), timeoutMs }, (name) => name === law)).toEqual([law])
  })

  test.each(brokenPrograms)("$law: $fault", async ({ law, module }) => {
    expect(await brokenLaws({ ...subject(plainDriver, module), timeoutMs: 250 }, (name) => name === law)).toEqual([law])
  })

  test("every law that needs a network has one", () => {
    const skipped = recorded({ name: "fake", driver: scriptedDriver(), native }).report.skipped.map(({ law }) => law)
    expect(new Set([...broken, ...brokenPrograms].map(({ law }) => law))).toEqual(new Set(skipped))
  })
})
