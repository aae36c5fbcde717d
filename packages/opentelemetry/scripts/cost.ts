/**
 * CPU time of `pool.query()` alone, observed without an SDK (OpenTelemetry's API, whose spans do nothing), and with one.
 * `node --conditions=@pgsd/source --import tsx packages/opentelemetry/scripts/cost.ts [queries]`
 */
import { instrumentPools } from "@pgsd/opentelemetry"
import { poolOfAnswers, Sdk } from "./observed.ts"

const total = Number(process.argv[2] ?? 100_000)
const ROUNDS = 5

async function perQuery(): Promise<number> {
  const pool = poolOfAnswers()
  const before = process.cpuUsage()
  for (let n = 0; n < total; n++) await pool.query(`SELECT * FROM t WHERE id = ${n % 100}`)
  const { user, system } = process.cpuUsage(before)
  await pool.close()
  return (user + system) / total
}

async function observed(sdk: Sdk | undefined): Promise<number> {
  const stop = instrumentPools(sdk?.options)
  try {
    return await perQuery()
  } finally {
    stop()
    await sdk?.shutdown()
  }
}

const ways = { "not observed": perQuery, "observed, no SDK": () => observed(undefined), "observed, SDK": () => observed(new Sdk()) }
const figures = new Map(Object.keys(ways).map((way) => [way, [] as number[]]))
// Alternating, so that other load on the machine affects all of them.
for (let round = 0; round <= ROUNDS; round++)
  for (const [way, measure] of Object.entries(ways)) {
    const figure = await measure()
    // The first round compiles.
    if (round > 0) figures.get(way)!.push(figure)
  }
for (const [way, each] of figures) process.stdout.write(`${way}: ${each.sort((a, b) => a - b)[ROUNDS >> 1]!.toFixed(1)} µs CPU a query\n`)
