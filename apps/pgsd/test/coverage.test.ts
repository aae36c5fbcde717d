import { readFileSync } from "node:fs"
import { createDatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { COVERAGE } from "../src/catalog/coverage/catalogs.ts"
import { type Coverage, REASONS } from "../src/catalog/coverage/coverage.ts"
import { readCatalog } from "../src/catalog/read-catalog.ts"
import { FACT_SINCE } from "../src/model/aspects.ts"
import { OBJECT_KINDS } from "../src/model/catalog.ts"
import { type CatalogColumns, classified, columnsOf, unclassified } from "./support/catalog-columns.ts"
import { recordedTexts } from "./support/recorded-texts.ts"

/** From real servers of 12 to 18, by scripts/catalog-columns.ts. */
const COLUMNS: CatalogColumns = JSON.parse(readFileSync(new URL("catalog-columns.json", import.meta.url), "utf8"))
const MAJORS = [12, 13, 14, 15, 16, 17, 18]

describe("the coverage table of every column of every catalog", () => {
  test("has every column of 12 to 18", () => {
    expect([...new Set(Object.values(COLUMNS).flatMap((columns) => Object.values(columns).flat()))].sort()).toEqual(MAJORS)
    expect(unclassified(COLUMNS, COVERAGE)).toEqual([])
  })

  test("has each once, and none that no major has", () => {
    for (const [catalog, coverage] of Object.entries(COVERAGE)) {
      const names = classified(coverage)
      expect(
        names.filter((name, at) => names.indexOf(name) !== at),
        catalog,
      ).toEqual([])
      expect(
        names.filter((name) => COLUMNS[catalog]?.[name] === undefined),
        catalog,
      ).toEqual([])
    }
  })

  test("fails for every column that is removed from it", () => {
    for (const [catalog, coverage] of Object.entries(COVERAGE))
      for (const name of classified(coverage))
        expect(unclassified(COLUMNS, { ...COVERAGE, [catalog]: without(coverage, name) }), name).toEqual([`${catalog}.${name}`])
  })

  test("refers to existing facts and kinds, and gives the reasons", () => {
    for (const coverage of Object.values(COVERAGE)) {
      const facts = [...Object.values(coverage.compared ?? {}), ...(coverage.printed ?? []).map(([, fact]) => fact)]
      const kinds = facts.map((fact) => fact.split(".")[0])
      expect(kinds.filter((kind) => kind !== "*" && !(OBJECT_KINDS as readonly string[]).includes(kind!))).toEqual([])
      const reasons = [...Object.keys(coverage.ignored ?? {}), ...(coverage.whole === undefined ? [] : [coverage.whole])]
      expect(reasons.filter((reason) => !(reason in REASONS))).toEqual([])
    }
  })

  test("detects a column that PostgreSQL does not have yet", () => {
    const { pg_class } = COLUMNS
    expect(unclassified({ ...COLUMNS, pg_class: { ...pg_class, relnovelty: [19] }, pg_novelty: { oid: [19] } }, COVERAGE)).toEqual([
      "pg_class.relnovelty",
      "pg_novelty.oid",
    ])
  })
})

describe.each(availableVersions())("PostgreSQL %i", (version) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ version })
  })
  afterAll(() => server.close())

  test("has the columns of the committed list, and each of them is in the table", async () => {
    const here = await columnsOf(server)
    expect(sorted(here)).toEqual(sorted(listed(version)))
    const live = Object.fromEntries(
      Object.entries(here).map(([catalog, columns]) => [catalog, Object.fromEntries(columns.map((column) => [column, [version]]))]),
    )
    expect(unclassified(live, COVERAGE)).toEqual([])
  })

  test("every column that the table lists as compared is queried, by name or through the function that prints it", async () => {
    await server.sql("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING")
    const connection = await pgDriver().connect(server.target())
    const { recorded, texts } = recordedTexts(connection)
    await readCatalog(createDatabaseConnector(recorded))
    const sent = texts().join("\n")
    const missing = Object.entries(listed(version)).flatMap(([catalog, columns]) => {
      const { compared = {}, printed = [] } = COVERAGE[catalog]!
      const [by, names] = [
        new Set(printed.map(([name]) => name)),
        comparedSince(compared, version).filter((name) => columns.includes(name)),
      ]
      return [
        ...names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sent)).map((name) => `${catalog}.${name}`),
        ...[...by].filter((name) => !sent.includes(`pg_catalog.${name}`)),
      ]
    })
    expect(missing).toEqual([])
    await connection.close()
  })
})

function comparedSince(compared: Readonly<Record<string, string>>, version: number): string[] {
  return Object.keys(compared).filter((name) => (FACT_SINCE[compared[name]!] ?? 0) <= version)
}

function sorted(columns: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(columns).map(([catalog, names]) => [catalog, names.toSorted()]))
}

function listed(version: number): Record<string, string[]> {
  const found = Object.entries(COLUMNS).map(
    ([catalog, columns]) => [catalog, Object.keys(columns).filter((column) => columns[column]!.includes(version))] as const,
  )
  return Object.fromEntries(found.filter(([, columns]) => columns.length > 0))
}

function without(coverage: Coverage, name: string): Coverage {
  const keep = (names: readonly string[] | undefined) => names?.filter((each) => each !== name) ?? []
  const lists = (all: Readonly<Record<string, readonly string[]>> | undefined) =>
    Object.fromEntries(Object.entries(all ?? {}).map(([key, names]) => [key, keep(names)]))
  return {
    ...coverage,
    compared: Object.fromEntries(Object.entries(coverage.compared ?? {}).filter(([key]) => key !== name)),
    printed: (coverage.printed ?? []).map(([by, fact, names]) => [by, fact, keep(names)] as const),
    ignored: lists(coverage.ignored),
    counted: lists(coverage.counted),
  }
}
