import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SCENARIOS } from "../src/faults/scenarios.ts"
import type { Results } from "../src/harness/report.ts"
import { SECTIONS } from "../src/sections/sections.ts"

const exec = promisify(execFile)
const root = fileURLToPath(new URL("../../..", import.meta.url))
const main = "apps/benchmarks/src/main.ts"

function bench(...args: string[]) {
  return exec(process.execPath, ["--import", "tsx", "--conditions=@pgsd/source", main, ...args], { cwd: root, timeout: 290_000 })
}

describe("the quick cut of every benchmark", () => {
  let folder: string
  let stdout: string
  let results: Results

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bench-"))
    stdout = (await bench("--quick", "--out", folder)).stdout
    results = JSON.parse(await readFile(join(folder, "latest.json"), "utf8")) as Results
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test("every section is there, in the order of the README", () => {
    expect(Object.keys(results.sections)).toEqual(Object.keys(SECTIONS))
  })

  test.each(Object.keys(SECTIONS))("%s: tables are rectangular, have rows, and stand in the output", (name) => {
    const { tables, meaning } = results.sections[name]!
    expect(meaning).toMatch(/\.$/)
    expect(tables.length).toBeGreaterThan(0)
    for (const { caption, columns, rows } of tables) {
      expect(stdout).toContain(`**${caption}**`)
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) {
        expect(row).toHaveLength(columns.length)
        expect(row.join(" ")).not.toMatch(/NaN|undefined|\[object/)
      }
    }
  })

  test.each([
    "acquire",
    "drain",
    "timeout",
    "spike",
    "storm",
    "restart",
    "memory",
    "query",
    "inserts",
    "results",
    "copy",
    "transactions",
    "tls",
    "connect",
    "integrations",
  ])("%s: no contestant failed to run", (name) => {
    expect(JSON.stringify(results.sections[name]!.data)).not.toContain('"error"')
  })

  test("faults: @pgsd/pool survives, and the peers' faults are seen", () => {
    const rows = results.sections.faults!.data as { title: string; outcomes: Record<string, { outcome: string }> }[]
    const outcomes = (scenario: keyof typeof SCENARIOS) => rows.find(({ title }) => title === SCENARIOS[scenario].title)!.outcomes
    expect(outcomes("killIdle")).toMatchObject({ "@pgsd/pool over pg": { outcome: "ok" }, "pg-pool": { outcome: "crashes" } })
    expect(outcomes("useAfterRelease")).toMatchObject({ "@pgsd/pool over pg": { outcome: "ok" }, "pg-pool": { outcome: "leaks" } })
  })
})

test("an unknown section is refused with the list of those there are", async () => {
  const failure = await bench("aquire").then(
    () => undefined,
    (error: { code: number; stdout: string }) => error,
  )
  expect(failure?.code).toBe(2)
  expect(failure?.stdout).toContain('There is no section "aquire"')
  expect(failure?.stdout).toContain("acquire")
})
