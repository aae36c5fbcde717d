/**
 * Memory of a COPY of 2 GB: from a slow source, and to a slow reader that also pauses for a while. Prints how much the process grew
 * after the warm-up; more than 50 MB is a failure. `pnpm copy:memory [megabytes] [driver …]`
 */
import { setTimeout } from "node:timers/promises"
import { createConnectionPool } from "@pgsd/pool"
import { postgresServer } from "@pgsd/testing/server"
import { DRIVERS } from "../test/support/drivers.ts"

const megabytes = Number(process.argv[2] ?? 2_000)
const names = process.argv.slice(3)
const unknown = names.find((name) => !DRIVERS.some((each) => each.name === name))
if (!(megabytes >= 100) || unknown !== undefined)
  throw new Error(`pnpm copy:memory [megabytes, at least 100] [driver …]: the drivers are ${DRIVERS.map((each) => each.name).join(", ")}`)

const MOST_MB = 50
/** Share of all data: before it, buffers and code reach their size. */
const WARM_UP = 0.05
const STANDSTILL_MS = 3_000
const MEGABYTE = 1_048_576

class Growth {
  #before: number | undefined
  #most = 0

  look(share: number): void {
    if (share < WARM_UP) return
    const resident = process.memoryUsage.rss()
    this.#before ??= resident
    this.#most = Math.max(this.#most, resident)
  }

  report(what: string): void {
    const grown = (this.#most - (this.#before ?? 0)) / MEGABYTE
    console.log(`${what}: ${megabytes} MB, ${grown.toFixed(1)} MB more resident`)
    if (grown > MOST_MB) process.exitCode = 1
  }
}

const piece = Buffer.from(`1\t${"x".repeat(1_021)}\n`.repeat(1_024))

await using server = await postgresServer()
await server.sql(`CREATE TABLE moved (a int4, b text);
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE TRIGGER nothing BEFORE INSERT ON moved FOR EACH ROW EXECUTE FUNCTION nothing()`)

for (const { name, load } of DRIVERS) {
  if (names.length > 0 && !names.includes(name)) continue
  await using pool = createConnectionPool({ driver: await load(), connection: server.connection(), max: 1 })

  const written = new Growth()
  await pool.copyFrom("COPY moved FROM STDIN", slowSource(written))
  written.report(`${name}: COPY FROM a slow source`)

  const read = new Growth()
  let taken = 0
  let parts = 0
  for await (const chunk of pool.copyTo(`COPY (SELECT 1, repeat('x', 1021) FROM generate_series(1, ${megabytes * 1_024})) TO STDOUT`)) {
    taken += chunk.length
    if (taken < (parts + 1) * MEGABYTE) continue
    parts++
    read.look(parts / megabytes)
    await setTimeout(parts === Math.round(megabytes / 2) ? STANDSTILL_MS : 1)
    read.look(parts / megabytes)
  }
  read.report(`${name}: COPY TO a slow reader`)
  if (taken < megabytes * MEGABYTE) throw new Error(`${taken} bytes arrived of ${megabytes} MB`)
}

async function* slowSource(growth: Growth): AsyncGenerator<Uint8Array> {
  for (let made = 0; made < megabytes; made++) {
    growth.look(made / megabytes)
    await setTimeout(1)
    yield piece
  }
}
