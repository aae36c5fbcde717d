/** The chaos scenario (48) at full length: `pnpm chaos [minutes] [seed] [driver]`, half an hour over each driver by default. */
import { postgresServer } from "@pgsd/testing/server"
import { type ChaosReport, chaos } from "../test/support/chaos.ts"
import { DRIVERS } from "../test/support/scene.ts"

// V8 itself grows by less in the first minutes; leaking one lost connection a second would add far more.
const HEAP_SLOPE_MB_PER_MINUTE = 0.25

const minutes = Number(process.argv[2] ?? 30)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
const only = process.argv[4]
if (!(minutes > 0 && Number.isSafeInteger(seed)))
  throw new Error("pnpm chaos [minutes] [seed] [driver]: minutes and seed are numbers, minutes above 0")
const say = (name: string, report: ChaosReport) => process.stdout.write(`${name}: ${JSON.stringify(report)}\n`)

const drivers = DRIVERS.filter(([name]) => only === undefined || name === only)
if (drivers.length === 0)
  throw new Error(`There is no driver "${only}": name one of ${DRIVERS.map(([name]) => name).join(", ")}, or none for all.`)

const server = await postgresServer()
try {
  for (const [name, driver] of drivers) {
    const report = await chaos({ driver, server, seed, durationMs: minutes * 60_000, onMinute: (soFar) => say(name, soFar) })
    say(name, report)
    const leaks = report.heapSlopeMbPerMinute > HEAP_SLOPE_MB_PER_MINUTE
    if (leaks) process.stdout.write(`${name}: the heap grows by ${report.heapSlopeMbPerMinute} MB a minute\n`)
    if (leaks || report.violations.length > 0) process.exitCode = 1
  }
} finally {
  await server.close()
}
