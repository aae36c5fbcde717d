/** The protocol fuzzer at any length: `pnpm fuzz:wire [million frames] [seed] [driver]`, ten million over wire by default. */
import { postgresServer } from "@pgsd/testing/server"
import { fuzz } from "../test/fuzz/fuzz.ts"
import { record } from "../test/fuzz/recording.ts"
import { DRIVERS } from "../test/support/drivers.ts"

const millions = Number(process.argv[2] ?? 10)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
const name = process.argv[4] ?? "wire"
const chosen = DRIVERS.find((each) => each.name === name)
if (!(millions > 0 && Number.isSafeInteger(seed)) || chosen === undefined)
  throw new Error(`pnpm fuzz:wire [million frames] [seed] [driver]: the driver is one of ${DRIVERS.map((each) => each.name).join(", ")}`)

const driver = await chosen.load()
const server = await postgresServer()
try {
  const recording = await record(driver, server.target())
  const say = (report: object) => process.stdout.write(`${name}, from seed ${seed} on: ${JSON.stringify(report)}\n`)
  say(
    await fuzz({
      driver,
      recording,
      comparesRows: name === "wire",
      seed,
      frames: millions * 1e6,
      durationMs: Number.POSITIVE_INFINITY,
      onMinute: say,
    }),
  )
} finally {
  await server.close()
}
