/** Scenario 48 at its full length: `pnpm chaos [minutes] [seed]`, half an hour over each driver by default. */
import { postgresServer } from "@pgsd/testing/server"
import { type ChaosReport, chaos } from "../test/support/chaos.ts"
import { DRIVERS } from "../test/support/scene.ts"

const minutes = Number(process.argv[2] ?? 30)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
const say = (name: string, { heapBytes, ...report }: ChaosReport) =>
  process.stdout.write(`${name}: ${JSON.stringify(report)}, heap ${Math.round(heapBytes / 1_048_576)} MB\n`)

const server = await postgresServer()
try {
  for (const [name, driver] of DRIVERS) {
    const report = await chaos({ driver, server, seed, durationMs: minutes * 60_000, onMinute: (soFar) => say(name, soFar) })
    say(name, report)
    if (report.violations.length > 0) process.exitCode = 1
  }
} finally {
  await server.close()
}
