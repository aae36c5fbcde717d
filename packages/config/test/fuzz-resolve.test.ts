import { rmSync } from "node:fs"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { layeredRequest } from "./support/layers.ts"
import { compareResolve } from "./support/libpq/compare-resolve.ts"
import { needOracle } from "./support/libpq/oracle.ts"
import { sandbox } from "./support/sandbox.ts"

const RUNS = process.env.PGSD_TEST_FULL ? 20_000 : 600
const SEED = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647)

test(`${RUNS} generated sets of string, variables, service files and password file: libpq 18 takes the same values from them`, {
  timeout: 900_000,
}, async (context) => {
  const oracle = await needOracle(context)
  onTestFinished(() => oracle.close())
  const counts = { accepted: 0, refused: 0, "refused later": 0 }
  const differences: string[] = []
  for (const { text, env, files } of fc.sample(layeredRequest, { numRuns: RUNS, seed: SEED })) {
    const box = sandbox(files)
    const filled = box.env(env)
    const [answer] = await oracle.start([{ text, env: filled }])
    const result = await compareResolve(box, text, filled, answer!)
    if (typeof result === "string") counts[result]++
    else differences.push(`${result.difference} files ${JSON.stringify(files)}`)
    rmSync(box.directory, { recursive: true })
  }
  process.stdout.write(`FC_SEED=${SEED}: ${RUNS} requests, ${JSON.stringify(counts)}, ${differences.length} differences\n`)
  expect(differences.slice(0, 5), `FC_SEED=${SEED}`).toEqual([])
  expect(counts.accepted / RUNS).toBeGreaterThanOrEqual(0.25)
})
