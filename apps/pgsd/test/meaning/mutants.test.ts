import { type Random, seededRandom } from "@pgsd/testing"
import { availableVersions } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { CORPUS, type CorpusEntry } from "./corpus/corpus.ts"
import { type CorpusComparer, corpusComparer } from "./support/corpus-comparer.ts"
import { type DefinitionServer, definitionServer } from "./support/definition-server.ts"
import { editsOf } from "./support/edits.ts"

const full = process.env.PGSD_TEST_FULL === "1"
const [oldest, newest] = [availableVersions()[0]!, availableVersions().at(-1)!]
/** Number of edits per definition. */
const TRIED = full ? Number.POSITIVE_INFINITY : 16

let older: DefinitionServer
let newer: DefinitionServer
let comparer: CorpusComparer

beforeAll(async () => {
  ;[older, newer] = await Promise.all([definitionServer(oldest), definitionServer(newest)])
  comparer = await corpusComparer(newer.connection)
})
afterAll(() => Promise.all([older, newer].map((server) => server[Symbol.asyncDispose]())))

test(
  `every edit that ${newest} prints differently is reported, on ${newest} and against ${oldest}`,
  async () => {
    const random = seededRandom()
    const missed: string[] = []
    let compared = 0
    for (const entry of CORPUS.filter(({ since }) => since <= oldest)) {
      const before = await newer.print(entry, entry.text, "person")
      const onOlder = await older.print(entry, entry.text, "person")
      for (const edit of some(editsOf(before, { harmless: hasPlan(entry) }), random)) {
        const after = await printed(entry, edit)
        if (after === undefined || after === before) continue
        compared++
        const reported = isReported(entry, before, newest, after) && isReported(entry, onOlder, oldest, after)
        if (!reported && !(await runsTheSame(entry, before, after))) missed.push(`${entry.place} ${entry.on}: ${before}\n  ${after}`)
      }
    }
    expect(missed, `${compared} compared, seed ${random.seed}`).toEqual([])
    expect(compared).toBeGreaterThanOrEqual(800)
  },
  full ? 1_800_000 : 120_000,
)

function some<T>(items: readonly T[], random: Random): readonly T[] {
  if (items.length <= TRIED) return items
  const start = random.below(items.length)
  const step = items.length / TRIED
  return Array.from({ length: TRIED }, (_, at) => items[Math.floor(start + at * step) % items.length]!)
}

function isReported(entry: CorpusEntry, before: string, major: number, after: string): boolean {
  return comparer.verdict(entry, { text: before, serverMajor: major }, { text: after, serverMajor: newest }) !== "same"
}

async function printed(entry: CorpusEntry, text: string): Promise<string | undefined> {
  try {
    return await newer.print(entry, text, "server")
  } catch {
    return undefined
  }
}

/** An edit without an effect is not a miss: the server's plan decides. */
async function runsTheSame(entry: CorpusEntry, before: string, after: string): Promise<boolean> {
  return hasPlan(entry) && (await newer.plan(before)) === (await newer.plan(after))
}

function hasPlan({ place }: CorpusEntry): boolean {
  return place === "view"
}
