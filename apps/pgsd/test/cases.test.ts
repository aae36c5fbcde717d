import { availableVersions } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { compareByMeaning } from "../src/meaning/by-meaning.ts"
import type { Difference } from "../src/model/difference.ts"
import { expectSameFromSnapshots } from "./support/both-ways.ts"
import { type CaseServer, caseServer } from "./support/case-server.ts"
import { describeDifference, diffCases } from "./support/cases.ts"
import { snapshotFiles } from "./support/snapshot-files.ts"

// Two majors at once: different printing must not be reported as a difference. In the full run, every available major, both ways.
const full = process.env.PGSD_TEST_FULL === "1"
const versions = availableVersions()
const newest = versions.at(-1) ?? 18
const majors = full ? versions : [...new Set([versions[0] ?? newest, newest])]
const servers: CaseServer[] = []
const files = snapshotFiles()

beforeAll(async () => {
  servers.push(...(await Promise.all(majors.map(caseServer))))
})
afterAll(async () => {
  files[Symbol.dispose]()
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
})

const pairs = majors
  .filter((major) => major !== newest)
  .flatMap((major) => (full ? [[major, newest] as const, [newest, major] as const] : [[major, newest] as const]))
// On the newest alone: features that the others lack.
const rest = diffCases.filter(
  ({ loadsOn }) => loadsOn.includes(newest) && !pairs.some(([one, other]) => loadsOn.includes(one) && loadsOn.includes(other)),
)

describe.each([
  ...pairs.map(
    ([one, other]) => [one, other, diffCases.filter(({ loadsOn }) => loadsOn.includes(one) && loadsOn.includes(other))] as const,
  ),
  [newest, newest, rest] as const,
])("source on %i, target on %i", (sourceMajor, targetMajor, cases) => {
  test.each(cases)("$name", async ({ a, b, expected, allowed }) => {
    const source = on(sourceMajor).read(a)
    if (sourceMajor === targetMajor) await source
    const [before, after] = await Promise.all([source, on(targetMajor).read(b)])
    const { differences } = await compareByMeaning(before, after)
    expect(found(differences, allowed)).toEqual(expected)
    expect((await compareByMeaning(after, before)).differences).toHaveLength(differences.length)
    await expectSameFromSnapshots(before, after, files)
  })
})

function on(major: number): CaseServer {
  return servers.find(({ version }) => version === major)!
}

function found(differences: readonly Difference[], allowed: readonly string[]): string[] {
  return differences
    .map(describeDifference)
    .filter((words) => !allowed.includes(words))
    .sort()
}
