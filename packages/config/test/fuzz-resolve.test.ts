import { rmSync } from "node:fs"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { layeredRequest } from "./support/layers.ts"
import { compareResolve } from "./support/libpq/compare-resolve.ts"
import { needOracle } from "./support/libpq/oracle.ts"
import { sandbox } from "./support/sandbox.ts"

const RUNS = process.env.PGSD_TEST_FULL ? 20_000 : 600
const BATCH = 50
const SEED = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647)

test(`${RUNS} generated sets of string, variables, service files and password file give the same values as in libpq 18`, {
  timeout: 900_000,
}, async (context) => {
  const oracle = await needOracle(context)
  onTestFinished(() => oracle.close())
  const counts = { accepted: 0, refused: 0, "refused later": 0 }
  const differences: string[] = []
  const requests = fc.sample(layeredRequest, { numRuns: RUNS, seed: SEED })
  for (let start = 0; start < RUNS; start += BATCH) {
    const batch = requests.slice(start, start + BATCH).map(({ text, env, files }) => {
      const box = sandbox(files)
      return { text, env: box.env(env), files, box }
    })
    const answers = await oracle.start(batch)
    for (const [index, { text, env, files, box }] of batch.entries()) {
      const result = await compareResolve(box, text, env, answers[index]!)
      if (typeof result === "string") counts[result]++
      else differences.push(`${result.difference} files ${JSON.stringify(files)}`)
      rmSync(box.directory, { recursive: true })
    }
  }
  process.stdout.write(`FC_SEED=${SEED}: ${RUNS} requests, ${JSON.stringify(counts)}, ${differences.length} differences\n`)
  expect(differences.slice(0, 5), `FC_SEED=${SEED}`).toEqual([])
  expect(counts.accepted / RUNS).toBeGreaterThanOrEqual(0.25)
})
