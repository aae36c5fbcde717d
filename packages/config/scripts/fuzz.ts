import { fuzzParse } from "../test/support/libpq/fuzz-parse.ts"
import { openOracle } from "../test/support/libpq/oracle.ts"

/** pnpm --filter @pgsd/config fuzz [strings] [seed]: compares the parser with the real libpq 18. */
const [runs = 100_000, seed = Date.now() % 2_147_483_647] = process.argv.slice(2).map(Number)
if (!(runs > 0 && Number.isSafeInteger(seed))) throw new Error("fuzz [strings] [seed]: both are numbers, and there is at least one string")
const oracle = openOracle()
if (typeof oracle === "string") throw new Error(`cannot compare with libpq: ${oracle}`)
const { differences, summary } = await fuzzParse(oracle, runs, seed)
await oracle.close()
process.stdout.write([...differences.slice(0, 20), summary, ""].join("\n"))
process.exitCode = differences.length === 0 ? 0 : 1
