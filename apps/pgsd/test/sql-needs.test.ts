import { readFileSync } from "node:fs"
import { availableVersions, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { COVERAGE } from "../src/catalog/coverage/catalogs.ts"
import { compareByMeaning } from "../src/meaning/by-meaning.ts"
import { FACT_SINCE } from "../src/model/aspects.ts"
import { diffSql } from "../src/render/diff-sql.ts"
import { NEEDS } from "../src/sql/needs.ts"
import NEW_NAMES from "../src/sql/new-names.json" with { type: "json" }
import { scriptOf } from "../src/sql/plan.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"
import { describeDifference } from "./support/cases.ts"
import type { CatalogColumns } from "./support/catalog-columns.ts"
import { namesOf, newNames } from "./support/catalog-names.ts"
import { NAME_EXAMPLES, NEED_EXAMPLES } from "./support/need-examples.ts"
import { reportFor } from "./support/reports.ts"

const COLUMNS: CatalogColumns = JSON.parse(readFileSync(new URL("catalog-columns.json", import.meta.url), "utf8"))
const NEWEST = 18

/** Kinds and facts without statements, and facts whose statement is older than their column. */
const NOT_WRITTEN = /^(?:subscription\..*|base_type\..*|table\.(?:detachPending|partitionTriggers)|collation\.locale)$/

describe("what statements need of a server", () => {
  test("is known for every fact of which older servers have no column", () => {
    const known = Object.values(NEEDS).flatMap(({ since, columns = [] }) => columns.map((column) => `${column} ${since}`))
    const needed = Object.entries(COLUMNS).flatMap(([catalog, columns]) => {
      const { compared = {}, printed = [] } = COVERAGE[catalog] ?? {}
      return Object.entries(columns).flatMap(([column, majors]) => {
        const fact = compared[column] ?? printed.find(([, , names]) => names.includes(column))?.[1]
        const isWritten = fact !== undefined && !NOT_WRITTEN.test(fact) && !(fact in FACT_SINCE)
        return isWritten && majors[0]! > 12 ? [`${catalog}.${column} ${majors[0]}`] : []
      })
    })
    expect(known.sort()).toEqual(needed.sort())
  })

  test("has an example for each", () => {
    expect(Object.keys(NEED_EXAMPLES)).toEqual(Object.keys(NEEDS))
  })
})

const older = availableVersions().filter((major) => major < NEWEST)
const examples = [
  ...Object.entries(NEED_EXAMPLES).map(([what, sql]) => ({
    what,
    since: NEEDS[what]!.since,
    sql: typeof sql === "string" ? (["", sql] as const) : sql,
  })),
  ...Object.entries(NAME_EXAMPLES).map(([what, [since, sql]]) => ({ what, since, sql: ["", sql] as const })),
]

describe.each(older)("PostgreSQL %i", (major) => {
  let [source, target]: CaseServer[] = []
  beforeAll(async () => {
    ;[source, target] = [await caseServer(major), await caseServer(NEWEST)]
  })
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]()
    await target?.[Symbol.asyncDispose]()
  })

  test.each(examples)("$what", async ({ what, since, sql: [base, more] }) => {
    const [before, after] = [await source!.read(base), await target!.read(`${base}; ${more}`)]
    const { differences } = await compareByMeaning(before, after)
    const { steps, reported } = scriptOf(differences, before, after)
    const reasons = reported.map(({ reason }) => reason)
    if (since > major) expect(reasons).toContainEqual(`needs PostgreSQL ${since}: ${what}`)
    else expect(reasons.filter((reason) => reason.endsWith(`: ${what}`))).toEqual([])
    // What is written runs, so nothing else is needed.
    const script = diffSql(reportFor(differences, before, after), before, after)
    const applied = steps.length === 0 ? before : await source!.read(base, { apply: [script] })
    const left = (await compareByMeaning(applied, after)).differences.map(describeDifference)
    expect(left.sort(), script).toEqual(reported.map(({ difference }) => describeDifference(difference)).sort())
  })
})

test("the names that majors brought are those of the servers that are here", async () => {
  const found = new Map<number, Awaited<ReturnType<typeof namesOf>>>()
  for (const version of availableVersions()) {
    await using server = await postgresServer({ version })
    found.set(version, await namesOf(server))
  }
  const [oldest] = availableVersions()
  const here = newNames(found)
  for (const list of ["functions", "others"] as const) {
    const committed = Object.entries(NEW_NAMES[list]).flatMap(([since, names]) => (Number(since) > oldest! ? names : []))
    expect(Object.values(here[list]).flat().sort()).toEqual(committed.sort())
  }
})
