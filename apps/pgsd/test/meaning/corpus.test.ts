import { availableVersions } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { CORPUS, type CorpusEntry, meansTheSame } from "./corpus/corpus.ts"
import { type CorpusComparer, corpusComparer } from "./support/corpus-comparer.ts"
import { type DefinitionServer, definitionServer } from "./support/definition-server.ts"

const full = process.env.PGSD_TEST_FULL === "1"
const versions = availableVersions().filter((version) => version >= 12)
const majors = full ? versions : [...new Set([versions[0]!, versions.at(-1)!])]
const servers: DefinitionServer[] = []
let comparer: CorpusComparer

beforeAll(async () => {
  servers.push(...(await Promise.all(majors.map(definitionServer))))
  comparer = await corpusComparer(servers[0]!.connection)
})
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())))

test("the corpus has every form", () => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(150)
})

describe.each(majors)("%i", (major) => {
  test("loads all of it, and printing its own print keeps the meaning", async () => {
    const server = on(major)
    await forAll(loadedBy(server), async (entry) => {
      const first = await server.print(entry, entry.text, "person")
      const second = await server.print(entry, first, "server")
      return [verdictOf(entry, server, first, server, second)]
    })
  })
})

describe.each(majors.flatMap((one, at) => majors.slice(at + 1).map((other) => [one, other] as const)))("%i and %i", (one, other) => {
  test("print the same definition with the same meaning, also after restoring a dump of the older", async () => {
    const [older, newer] = [on(one), on(other)]
    await forAll(loadedBy(older), async (entry) => {
      const [before, after] = await Promise.all([older.print(entry, entry.text, "person"), newer.print(entry, entry.text, "person")])
      const restored = await newer.print(entry, before, "server")
      const asWritten = verdictOf(entry, older, before, newer, after)
      return [
        ...(meansTheSame(entry, one, other) ? [asWritten] : asWritten === "" ? [`same: ${entry.text}`] : []),
        verdictOf(entry, older, before, newer, restored),
      ]
    })
  })
})

function on(major: number): DefinitionServer {
  return servers.find(({ version }) => version === major)!
}

function loadedBy({ version }: DefinitionServer): readonly CorpusEntry[] {
  return CORPUS.filter(({ since }) => since <= version)
}

/** Nothing for the same meaning; otherwise both prints. */
function verdictOf(entry: CorpusEntry, one: DefinitionServer, before: string, other: DefinitionServer, after: string): string {
  const verdict = comparer.verdict(entry, { text: before, serverMajor: one.version }, { text: after, serverMajor: other.version })
  return verdict === "same" ? "" : `${verdict} (${entry.place} ${entry.on}): ${before}\n  ${after}`
}

async function forAll(entries: readonly CorpusEntry[], compared: (entry: CorpusEntry) => Promise<readonly string[]>): Promise<void> {
  const wrong: string[] = []
  for (const entry of entries) {
    try {
      wrong.push(...(await compared(entry)).filter((each) => each !== ""))
    } catch (error) {
      wrong.push(`${entry.place} ${entry.on} ${entry.text}: ${(error as Error).message}`)
    }
  }
  expect(wrong).toEqual([])
}
