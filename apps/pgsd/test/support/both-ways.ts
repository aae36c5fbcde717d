import { expect } from "vitest"
import { compareByMeaning } from "../../src/meaning/by-meaning.ts"
import type { Catalog } from "../../src/model/catalog.ts"
import { withoutDigests } from "../../src/snapshot/snapshot.ts"
import type { snapshotFiles } from "./snapshot-files.ts"

/** A snapshot as one side gives the same result as the database, except for possible secrets, which are counted as not compared. */
export async function expectSameFromSnapshots(source: Catalog, target: Catalog, files: ReturnType<typeof snapshotFiles>): Promise<void> {
  const [one, other] = [await files.through(source), await files.through(target)]
  expect([...one.violations, ...other.violations]).toEqual([])
  const live = await compareByMeaning(withoutDigests(source), withoutDigests(target))
  for (const sides of [
    [one.read, other.read],
    [source, other.read],
    [one.read, target],
  ] as const)
    expect(JSON.stringify((await compareByMeaning(...sides)).differences.map(shown))).toEqual(JSON.stringify(live.differences.map(shown)))
  for (const [catalog, { read, text }] of [
    [source, one],
    [target, other],
  ] as const) {
    const ofMembers = Object.values(catalog.extensionMembers).flatMap(({ secrets = {} }) => Object.values(secrets))
    const digests = [...catalog.objects.map(({ secrets = {} }) => secrets), ...ofMembers].flatMap((secrets) => Object.values(secrets))
    for (const digest of digests) expect(text).not.toContain(digest)
    const hidden = read.notCompared.filter(({ kind }) => kind.startsWith("hidden values"))
    expect(hidden.map(({ count }) => count)).toEqual(digests.length === 0 ? [] : [digests.length])
  }
}

function shown(difference: object): object {
  return JSON.parse(JSON.stringify(difference, (key, value) => (key === "secrets" ? undefined : value)))
}
