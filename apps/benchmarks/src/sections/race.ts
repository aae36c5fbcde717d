import { type ClientName, sizesOf } from "../clients/contestants.ts"
import type { ServerAddress } from "../faults/scenario.ts"
import type { ContestantProcess } from "../harness/contestant-process.ts"
import type { Table } from "../harness/report.ts"
import { type Spread, spreadOf } from "../harness/statistics.ts"
import { failureWords, figure, ratioWords, spreadWords } from "../harness/words.ts"
import type { ThroughputOptions, ThroughputResult } from "../measures/throughput.ts"
import type { WorkName } from "../measures/works.ts"
import type { Bench } from "./section.ts"

/** The same work for several clients. */
export interface Race {
  readonly caption: string
  readonly work: WorkName
  /** What the work counts, e.g. "query". */
  readonly unit: { readonly one: string; readonly many: string }
  readonly clients: readonly ClientName[]
  readonly callers: number
  /** Pool sizes; of several each client has the one that is best for it, found by trial. */
  readonly sizes: readonly number[]
  readonly rounds: number
  readonly roundMs: number
}

interface Cell {
  readonly client: ClientName
  readonly size: number
  readonly cpuUs: Spread
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
}

type Cells = ReadonlyMap<ClientName, Cell | Error>

export interface RaceReport {
  readonly table: Table
  readonly data: readonly object[]
}

/** The measures of all the others: what most programs use, and what is fastest among them. */
const BASE: ClientName = "pg-pool"
const FASTEST: ClientName = "postgres.js"

/** By then the code that is measured has been optimized, as in a program that has run for a while. */
const WARM_UP_MS = 600
const TRIAL_MS = 100
const DEADLINE_MS = 15_000

/** A process for each client, for as long as the section lasts: what slows down as it goes on is seen. One for all of them where figures mean nothing. */
export function raceProcesses(bench: Bench, clients: readonly ClientName[]): ReadonlyMap<ClientName, ContestantProcess> {
  return new Map(clients.map((client) => [client, bench.quick ? bench.shared.process() : bench.start()]))
}

export async function runRace(
  bench: Bench,
  race: Race,
  processes: ReadonlyMap<ClientName, ContestantProcess>,
  server: ServerAddress,
): Promise<RaceReport> {
  const { caption, unit } = race
  const cells = await measure(bench, race, processes, server)
  return {
    table: {
      caption: `${caption}: median (min..max) of the rounds`,
      columns: [
        "client",
        "pool size",
        `CPU per ${unit.one}, µs`,
        "of pg-pool's",
        "of postgres.js'",
        `${unit.many} per second`,
        `of ${BASE}`,
        `of ${FASTEST}`,
        "p50, ms",
        "p99, ms",
      ],
      rows: [...cells].map(([client, cell]) => row(client, cell, cells)),
    },
    data: [...cells].map(([client, cell]) => (cell instanceof Error ? { client, error: cell.message } : cell)),
  }
}

async function measure(
  bench: Bench,
  race: Race,
  processes: ReadonlyMap<ClientName, ContestantProcess>,
  server: ServerAddress,
): Promise<Cells> {
  const { work, clients } = race
  // A call each.
  const { callers, sizes, rounds, roundMs, warmUpMs } = bench.quick
    ? { callers: 1, sizes: [1], rounds: 1, roundMs: 1, warmUpMs: 0 }
    : { ...race, warmUpMs: WARM_UP_MS }
  const run = (client: ClientName, max: number, durationMs: number) => {
    const options: ThroughputOptions = { client, settings: "defaults", server, max, work, callers, warmUpMs, durationMs }
    return processes.get(client)!.run<ThroughputResult>("throughput", options, DEADLINE_MS)
  }
  const found = new Map<ClientName, number>()
  const results = new Map<ClientName, ThroughputResult[] | Error>()
  const attempt = async (client: ClientName, step: () => Promise<void>) => {
    if (results.get(client) instanceof Error) return
    try {
      await step()
    } catch (error) {
      results.set(client, error as Error)
    }
  }
  for (const client of clients)
    await attempt(client, async () => {
      const candidates = sizesOf(client, sizes).filter((size, index) => index === 0 || size <= callers)
      found.set(client, await bestSize(candidates, (size) => run(client, size, TRIAL_MS)))
    })
  for (let round = 0; round < rounds; round++)
    for (const client of clients)
      await attempt(client, async () => {
        const result = await run(client, found.get(client)!, roundMs)
        results.set(client, [...((results.get(client) as ThroughputResult[] | undefined) ?? []), result])
      })
  return new Map([...results].map(([client, all]) => [client, all instanceof Error ? all : cellOf(client, found.get(client)!, all)]))
}

/** The better of two trials each, so that a hiccup decides nothing. */
async function bestSize(candidates: readonly number[], trial: (size: number) => Promise<ThroughputResult>): Promise<number> {
  if (candidates.length === 1) return candidates[0]!
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

function row(client: ClientName, cell: Cell | Error, cells: Cells): string[] {
  if (cell instanceof Error) return [client, "–", failureWords(cell), "–", "–", "–", "–", "–", "–", "–"]
  const of = (name: ClientName, figure: "cpuUs" | "perSecond") => {
    const other = cells.get(name)
    return other instanceof Error ? undefined : other?.[figure]
  }
  return [
    client,
    String(cell.size),
    spreadWords(cell.cpuUs),
    ratioWords(cell.cpuUs, of(BASE, "cpuUs")),
    ratioWords(cell.cpuUs, of(FASTEST, "cpuUs")),
    spreadWords(cell.perSecond),
    ratioWords(cell.perSecond, of(BASE, "perSecond")),
    ratioWords(cell.perSecond, of(FASTEST, "perSecond")),
    figure(cell.p50Ms.median),
    figure(cell.p99Ms.median),
  ]
}
