import { CLIENT_NAMES, type ClientName } from "../clients/contestants.ts"
import type { ServerAddress } from "../faults/scenario.ts"
import type { ContestantProcess } from "../harness/contestant-process.ts"
import { type Spread, spreadOf } from "../harness/statistics.ts"
import { failureWords, figure, ratioWords, spreadWords } from "../harness/words.ts"
import type { ThroughputOptions, ThroughputResult } from "../measures/throughput.ts"
import type { Bench, Section } from "./section.ts"
import { addressOf, benchServer } from "./server.ts"

const SIZES = [1, 2, 5, 10]
const CALLERS = [1, 10, 100, 1_000]

interface Cell {
  readonly client: ClientName
  readonly size: number
  readonly cpuUs: Spread
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
}

type Race = ReadonlyMap<ClientName, Cell | Error>

/** The measure of all the others: what most programs use. */
const BASE: ClientName = "pg-pool"

export const querySection: Section = {
  async run(bench) {
    await using server = await benchServer()
    const address = addressOf(server)
    const children = new Map(CLIENT_NAMES.map((client) => [client, bench.start()]))
    const races = new Map<number, Race>()
    for (const callers of bench.quick ? [10] : CALLERS) {
      bench.say(`query: ${callers} callers`)
      races.set(callers, await race(bench, children, address, callers))
    }
    return {
      title: "One-shot queries",
      meaning: `\`query("select 1 as one")\` against PostgreSQL ${server.serverVersion} over TCP on the same machine, which shares its cores with the callers; each caller awaits its row and sends the next. Each contestant at its own best pool size of ${SIZES.join(", ")}, chosen by a trial run for each number of callers. postgres.js sends it in its own way, as a prepared statement in a pipeline, up to 100 deep. CPU is what the process of the contestant used, for each query: it says what is left for the program. Of queries per second a ratio over 1 is faster.`,
      tables: [...races].map(([callers, cells]) => ({
        caption: `${callers.toLocaleString("en-US")} ${callers === 1 ? "caller" : "callers"}: median (min..max) of the rounds`,
        columns: [
          "client",
          "pool size",
          "CPU per query, µs",
          "of pg-pool's",
          "queries per second",
          `of ${BASE}`,
          "of postgres.js",
          "p50, ms",
          "p99, ms",
        ],
        rows: [...cells].map(([client, cell]) => row(client, cell, cells)),
      })),
      data: Object.fromEntries(
        [...races].map(([callers, cells]) => [
          callers,
          [...cells].map(([client, cell]) => (cell instanceof Error ? { client, error: cell.message } : cell)),
        ]),
      ),
    }
  },
}

async function race(
  bench: Bench,
  children: ReadonlyMap<ClientName, ContestantProcess>,
  server: ServerAddress,
  callers: number,
): Promise<Race> {
  const [trialMs, roundMs, rounds] = bench.quick ? [0, 50, 1] : [150, 300, 7]
  const run = (client: ClientName, max: number, durationMs: number) => {
    const options: ThroughputOptions = { client, settings: "defaults", server, max, callers, durationMs }
    return children.get(client)!.run<ThroughputResult>("throughput", options, 30_000)
  }
  const sizes = new Map<ClientName, number>()
  const results = new Map<ClientName, ThroughputResult[] | Error>()
  for (const client of CLIENT_NAMES)
    try {
      sizes.set(client, trialMs === 0 ? 2 : await bestSize(callers, (size) => run(client, size, trialMs)))
      results.set(client, [])
    } catch (error) {
      results.set(client, error as Error)
    }
  for (let round = 0; round < rounds; round++)
    for (const [client, all] of results) {
      if (all instanceof Error) continue
      try {
        all.push(await run(client, sizes.get(client)!, roundMs))
      } catch (error) {
        results.set(client, error as Error)
      }
    }
  return new Map([...results].map(([client, all]) => [client, all instanceof Error ? all : cellOf(client, sizes.get(client)!, all)]))
}

/** The better of two trials each, so that a hiccup decides nothing. */
async function bestSize(callers: number, trial: (size: number) => Promise<ThroughputResult>): Promise<number> {
  const candidates = SIZES.filter((size) => size <= Math.max(callers, 1))
  const speeds = new Map<number, number>()
  for (const size of [...candidates, ...candidates]) speeds.set(size, Math.max(speeds.get(size) ?? 0, (await trial(size)).perSecond))
  return candidates.reduce((best, size) => (speeds.get(size)! > speeds.get(best)! ? size : best))
}

function cellOf(client: ClientName, size: number, all: readonly ThroughputResult[]): Cell {
  const spread = (of: (result: ThroughputResult) => number) => spreadOf(all.map(of))
  return {
    client,
    size,
    cpuUs: spread((each) => each.cpuUs),
    perSecond: spread((each) => each.perSecond),
    p50Ms: spread((each) => each.p50Ms),
    p99Ms: spread((each) => each.p99Ms),
  }
}

function row(client: ClientName, cell: Cell | Error, cells: Race): string[] {
  if (cell instanceof Error) return [client, "–", failureWords(cell), "–", "–", "–", "–", "–", "–"]
  const of = (name: ClientName, figure: "cpuUs" | "perSecond") => {
    const other = cells.get(name)
    return other instanceof Error ? undefined : other?.[figure]
  }
  return [
    client,
    String(cell.size),
    spreadWords(cell.cpuUs),
    ratioWords(cell.cpuUs, of(BASE, "cpuUs")),
    spreadWords(cell.perSecond),
    ratioWords(cell.perSecond, of(BASE, "perSecond")),
    ratioWords(cell.perSecond, of("postgres.js", "perSecond")),
    figure(cell.p50Ms.median),
    figure(cell.p99Ms.median),
  ]
}
