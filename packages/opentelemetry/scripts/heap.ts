/**
 * Whether the heap grows with observed statements: a million of them, and the slope of the heap after each tenth.
 * `node --expose-gc --conditions=@pgsd/source --import tsx packages/opentelemetry/scripts/heap.ts [queries]`
 */
import { instrumentPools } from "@pgsd/opentelemetry"
import { poolOfAnswers, Sdk } from "./observed.ts"

const total = Number(process.argv[2] ?? 1_000_000)
const sdk = new Sdk()
const stop = instrumentPools(sdk.options)
const pool = poolOfAnswers()

async function tenth(): Promise<number> {
  for (let n = 0; n < total / 10; n++) await pool.query(`SELECT ${n}`)
  await sdk.collect()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

const heap: number[] = []
for (let part = 0; part < 10; part++) heap.push(await tenth())
// Least squares over the last nine: the first includes what is compiled and cached once.
const settled = heap.slice(1)
const mean = settled.reduce((sum, each) => sum + each) / settled.length
const middle = (settled.length - 1) / 2
const slope =
  settled.reduce((sum, each, x) => sum + (x - middle) * (each - mean), 0) / settled.reduce((sum, _, x) => sum + (x - middle) ** 2, 0)
process.stdout.write(`${sdk.ended} spans; heap in MB: ${heap.map((each) => each.toFixed(2)).join(" ")}\n`)
process.stdout.write(`slope: ${((slope * 1e6) / (total / 10)).toFixed(3)} bytes a query\n`)
await pool.close()
stop()
await sdk.shutdown()
