import { availableVersions } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { compareByMeaning } from "../src/meaning/by-meaning.ts"
import type { Catalog } from "../src/model/catalog.ts"
import type { Comparison } from "../src/model/difference.ts"
import { diffJson } from "../src/render/diff-json.ts"
import { diffText } from "../src/render/diff-text.ts"
import { plainPaint } from "../src/render/paint.ts"
import { expectSameFromSnapshots } from "./support/both-ways.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"
import { describeDifference } from "./support/cases.ts"
import { violationsOf } from "./support/json-schema.ts"
import { KIND_PAIRS } from "./support/kind-pairs.ts"
import { snapshotFiles } from "./support/snapshot-files.ts"

// Two majors at once, as in cases.test.ts; in the full run, every available major.
const versions = availableVersions()
const newest = versions.at(-1) ?? 18
const majors = process.env.PGSD_TEST_FULL === "1" ? versions : [...new Set([versions[0] ?? newest, newest])]
const servers = new Map<number, CaseServer>()
const files = snapshotFiles()
const jsonViolations = violationsOf("diff-1")

beforeAll(async () => {
  for (const major of majors) {
    const server = await caseServer(major)
    servers.set(major, server)
    await server.prepare("SET allow_in_place_tablespaces = on", "CREATE TABLESPACE case_space LOCATION ''")
  }
})
afterAll(async () => {
  files[Symbol.dispose]()
  for (const server of servers.values()) await server[Symbol.asyncDispose]()
})

const known = (major: number) => KIND_PAIRS.filter(({ since = 0 }) => since <= major)
const runs = majors.map(
  (major) => [major, newest, major === newest ? known(newest).filter((each) => !known(majors[0]!).includes(each)) : known(major)] as const,
)

describe.each(runs)("source on %i, target on %i", (sourceMajor, targetMajor, pairs) => {
  test.each(pairs)("$name", async ({ a, b, expected }) => {
    const before = servers.get(sourceMajor)!.read(a)
    // A server creates its databases sequentially.
    if (sourceMajor === targetMajor) await before
    const [source, target] = await Promise.all([before, servers.get(targetMajor)!.read(b)])
    const [forth, back] = [await compareByMeaning(source, target), await compareByMeaning(target, source)]
    expect(forth.differences.map(describeDifference).sort()).toEqual([...expected].sort())
    expect(back.differences).toHaveLength(expected.length)
    expect((await compareByMeaning(source, source)).differences).toEqual([])
    for (const output of [...outputs(forth, source, target), ...outputs(back, target, source)]) expect(output).not.toContain("s3cret")
    for (const [json] of [outputs(forth, source, target), outputs(back, target, source)])
      expect(jsonViolations(JSON.parse(json))).toEqual([])
    expect(JSON.stringify([source, target])).not.toContain("s3cret")
    await expectSameFromSnapshots(source, target, files)
  })
})

test.runIf(majors[0]! < 17)("a partition's own identity, which no server since 17 has", async () => {
  const partition = "CREATE TABLE p (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
  const [old, current] = [servers.get(majors[0]!)!, servers.get(newest)!]
  const own = await old.read(`${partition} ALTER TABLE p1 ALTER a ADD GENERATED ALWAYS AS IDENTITY`)
  for (const other of [await old.read(partition), await current.read(partition)])
    expect((await compareByMeaning(own, other)).differences.map(describeDifference)).toEqual(["changed column public p1.a"])
})

if (majors[0]! < 14)
  test("a comment on a subscription, which no server before 14 lets a role read", async () => {
    const { a, b } = known(newest).find(({ name }) => name === "comment on a subscription")!
    const [old, current] = [servers.get(majors[0]!)!, servers.get(newest)!]
    const onOld = (sql: string) => old.read(sql.replace(", streaming = off", ""))
    const [without, commented] = [await onOld(a), await onOld(b)]
    const target = await current.read(b)
    expect((await compareByMeaning(commented, target)).differences).toEqual([])
    expect((await compareByMeaning(without, target)).differences.map(describeDifference)).toEqual(["added comment subscription:s"])
    expect(
      [without, commented].map(({ notCompared }) => notCompared.some(({ kind }) => kind.startsWith("comments on subscriptions"))),
    ).toEqual([false, true])
  })

// pg_catalog is readable for every role: what only a superuser sees is counted as not compared.
test("a role with only CONNECT gets the same answer as the superuser", async () => {
  const server = servers.get(newest)!
  const everything = [
    "t.a",
    "an identity's sequence",
    "a publication's columns",
    "a setting that only a superuser sees",
    "default privileges in a schema",
    "a foreign table's options",
  ]
  const pairs = known(newest).filter(({ name }, at) => at % 6 === 0 || everything.includes(name))
  for (const { b, name } of pairs) {
    const [reader, superuser] = [await server.read(b), await server.read(b, { user: "postgres" })]
    expect((await compareByMeaning(reader, superuser)).differences, name).toEqual([])
    expect({ ...reader, notCompared: [] }, name).toEqual({ ...superuser, notCompared: [] })
  }
  const mapping = known(newest).find(({ name }) => name === "a user mapping")!.b
  const [reader, superuser] = [await server.read(mapping), await server.read(mapping, { user: "postgres" })]
  expect((await compareByMeaning(reader, superuser)).differences).toEqual([])
  expect([reader.notCompared, superuser.notCompared]).toEqual([
    [{ kind: "options of user mappings that this role may not read", count: 1 }],
    [],
  ])
}, 120_000)

function outputs(comparison: Comparison, source: Catalog, target: Catalog): [json: string, text: string] {
  const side = (place: string, { notCompared }: Catalog) => ({ place, server: "PostgreSQL", notCompared })
  const report = { ...comparison, source: side("a", source), target: side("b", target) }
  return [diffJson(report), diffText(report, { paint: plainPaint, width: 100 })]
}
