import { afterAll, beforeAll, expect, test } from "vitest"
import { compareByMeaning } from "../src/meaning/by-meaning.ts"
import { diffSql } from "../src/render/diff-sql.ts"
import { scriptOf } from "../src/sql/plan.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"
import { describeDifference, diffCases } from "./support/cases.ts"
import { INHERITANCE_PAIRS } from "./support/inheritance-pairs.ts"
import { KIND_PAIRS } from "./support/kind-pairs.ts"
import { reportFor } from "./support/reports.ts"
import { SCRIPT_PAIRS } from "./support/script-pairs.ts"
import { SQL_OUTCOMES } from "./support/sql-outcomes.ts"

const NEWEST = 18
/** Every case takes four databases: the default run has a part of them. */
const STEP = process.env.PGSD_TEST_FULL === "1" ? 1 : 16
/** Once wrong. */
const ALWAYS = ["DEPENDS ON EXTENSION", ...[...SCRIPT_PAIRS, ...INHERITANCE_PAIRS].map(({ name }) => name)]
const cases = [
  ...diffCases.filter(({ loadsOn }) => loadsOn.includes(NEWEST)).map(({ name, a, b }) => ({ name, a, b })),
  ...KIND_PAIRS.filter(({ since = 0 }) => since <= NEWEST).map(({ name, a, b }) => ({ name, a, b })),
]

let server: CaseServer
beforeAll(async () => {
  server = await caseServer(NEWEST)
  await server.prepare("SET allow_in_place_tablespaces = on", "CREATE TABLESPACE case_space LOCATION ''")
})
afterAll(() => server[Symbol.asyncDispose]())

test("every case has an outcome, and every outcome a case", () => {
  expect(Object.keys(SQL_OUTCOMES).sort()).toEqual(cases.map(({ name }) => name).sort())
})

// The emitted script is applied to A: afterwards only what was reported remains, in both directions.
test.each(cases.filter(({ name }, at) => at % STEP === 0 || ALWAYS.includes(name)))("$name", async ({ name, a, b }) => {
  const [source, target] = [await server.read(a), await server.read(b)]
  const outcomes: string[] = []
  for (const [from, to, sql] of [
    [source, target, a],
    [target, source, b],
  ] as const) {
    const { differences } = await compareByMeaning(from, to)
    const { steps, reported } = scriptOf(differences, from, to, { allowDrops: true })
    const script = diffSql(reportFor(differences, from, to), from, to, { allowDrops: true })
    const after = steps.length === 0 ? from : await server.read(sql, { apply: script.split(/(?=^BEGIN;$)/m) })
    const left = (await compareByMeaning(after, to)).differences.map(describeDifference)
    if (ALWAYS.includes(name)) {
      const careful = diffSql(reportFor(differences, from, to), from, to)
      await expect(server.read(sql, { apply: careful.split(/(?=^BEGIN;$)/m) }), careful).resolves.toBeDefined()
    }
    expect(left.sort(), script).toEqual(reported.map(({ difference }) => describeDifference(difference)).sort())
    outcomes.push(differences.length === 0 ? "nothing" : reported.length === 0 ? "emitted" : steps.length === 0 ? "reported" : "in part")
  }
  expect(outcomes.join(" / ")).toBe(SQL_OUTCOMES[name])
})
