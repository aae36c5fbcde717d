import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { recorded } from "./support/recorder.ts"
import { native, scriptedDriver } from "./support/scripted-driver.ts"

test("the suite runs under node:test as well", async () => {
  const program = fileURLToPath(new URL("./support/programs/with-node-test.ts", import.meta.url))
  const args = ["--conditions=@pgsd/source", "--import=tsx", "--test-reporter=tap", program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} })
  const { laws } = recorded({ name: "fake", driver: scriptedDriver(), native })
  expect(stdout).toContain(`# tests ${laws.length}\n`)
  expect(stdout).toContain(`# pass ${laws.length}\n`)
})

test("the report lists the laws that apply, and the flags that exclude the others", () => {
  const driver = scriptedDriver()
  const { laws, report } = recorded({ name: "fake", driver, native })
  expect(report.laws).toEqual(laws.map(({ name }) => name))
  expect(new Set(report.skipped.map(({ need }) => need))).toEqual(new Set(["network"]))
  const one = { ...driver, name: "one", supports: { ...driver.supports, concurrency: "one", cancel: false } } as const
  expect(new Set(recorded({ name: "one", driver: one, native }).report.skipped.map(({ need }) => need))).toEqual(
    new Set(["network", "many", "cancel"]),
  )
})
