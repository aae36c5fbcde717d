/**
 * The simulation at any length: `pnpm soak [seeds] [first seed]`, a million seeds of 500 steps by default. Stops at the
 * first seed that fails, and prints how to run it again.
 */

import { simulate } from "../test/simulation/simulate.ts"
import { stepsOf } from "../test/simulation/steps.ts"

const STEPS = 500
const seeds = Number(process.argv[2] ?? 1_000_000)
const first = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
if (!(seeds > 0 && Number.isSafeInteger(first)))
  throw new Error("pnpm soak [seeds] [first seed]: both are numbers, and there is at least one seed")
const started = performance.now()

for (let run = 0; run < seeds; run++) {
  const seed = first + run
  try {
    await simulate(seed, stepsOf(seed, STEPS))
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message}\nseed ${seed}: PGSD_SIM_SEED=${seed} npx vitest run packages/pool/test/simulation.test.ts\n`,
    )
    process.exit(1)
  }
  if ((run + 1) % 1_000 === 0 || run + 1 === seeds) {
    const minutes = (performance.now() - started) / 60_000
    const megabytes = Math.round(process.memoryUsage().heapUsed / 1_048_576)
    process.stdout.write(`${run + 1} seeds, ${((run + 1) * STEPS) / 1e6} million steps, ${minutes.toFixed(1)} min, heap ${megabytes} MB\n`)
  }
}
