import { type ClientName, sizesOf } from "../clients/contestants.ts"
import type { ServerAddress } from "../faults/scenario.ts"
import type { ContestantProcess } from "../harness/contestant-process.ts"
import { formatFailure, formatNumber, formatRatio, formatSpread } from "../harness/format.ts"
import type { Table } from "../harness/report.ts"
import { type Spread, spreadOf } from "../harness/statistics.ts"
import type { ThroughputOptions, ThroughputResult } from "../measures/throughput.ts"
import type { WorkloadName } from "../measures/workloads.ts"
import type { Bench } from "./section.ts"

/** One workload for several clients. */
export interface Comparison {
  readonly caption: string
  readonly workload: WorkloadName
  /** What the workload counts, e.g. "query". */
  readonly unit: { readonly one: string; readonly many: string }
  readonly clients: readonly ClientName[]
  readonly callers: number
  /** Pool sizes; of several, each client gets its best, found by a trial run. */
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

export interface ThroughputReport {
  readonly table: Table
  readonly data: readonly object[]
}

/** The baselines: the most used client, and the fastest peer. */
const BASE: ClientName = "pg-pool"
const FASTEST: ClientName = "postgres.js"

/** Long enough for V8 to optimize the measured code, as in a long-running program. */
const WARM_UP_MS = 600
const TRIAL_MS = 100
const DEADLINE_MS = 15_000

/** A process for each client, for the whole section, so that a slowdown over time is measured; with `quick`, one for all. */
export function throughputProcesses(bench: Bench, clients: readonly ClientName[]): ReadonlyMap<ClientName, ContestantProcess> {
  return new Map(clients.map((client) => [client, bench.quick ? bench.shared.process() : bench.start()]))
}

export async function compareThroughput(
  bench: Bench,
  comparison: Comparison,
  processes: ReadonlyMap<ClientName, ContestantProcess>,
  server: ServerAddress,
): Promise<ThroughputReport> {
  const { caption, unit } = comparison
  const cells = await measure(bench, comparison, processes, server)
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
  comparison: Comparison,
  processes: ReadonlyMap<ClientName, ContestantProcess>,
  server: ServerAddress,
): Promise<Cells> {
  const { workload, clients } = comparison
  // Quick: one call each.
  const { callers, sizes, rounds, roundMs, warmUpMs } = bench.quick
    ? { callers: 1, sizes: [1], rounds: 1, roundMs: 1, warmUpMs: 0 }
    : { ...comparison, warmUpMs: WARM_UP_MS }
  const run = (client: ClientName, max: number, durationMs: number) => {
    const options: ThroughputOptions = { client, settings: "defaults", server, max, workload, callers, warmUpMs, durationMs }
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

/** By the better of two trials each, so that one hiccup does not decide. */
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
  if (cell instanceof Error) return [client, "–", formatFailure(cell), "–", "–", "–", "–", "–", "–", "–"]
  const of = (name: ClientName, figure: "cpuUs" | "perSecond") => {
    const other = cells.get(name)
    return other instanceof Error ? undefined : other?.[figure]
  }
  return [
    client,
    String(cell.size),
    formatSpread(cell.cpuUs),
    formatRatio(cell.cpuUs, of(BASE, "cpuUs")),
    formatRatio(cell.cpuUs, of(FASTEST, "cpuUs")),
    formatSpread(cell.perSecond),
    formatRatio(cell.perSecond, of(BASE, "perSecond")),
    formatRatio(cell.perSecond, of(FASTEST, "perSecond")),
    formatNumber(cell.p50Ms.median),
    formatNumber(cell.p99Ms.median),
  ]
}
