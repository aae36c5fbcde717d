import type { ContestantProcess } from "../harness/contestant-process.ts"
import { formatRatio, formatSpread } from "../harness/format.ts"
import type { Spread } from "../harness/statistics.ts"
import { LENDING_CONTESTANTS, type LendingContestant, type LendingName } from "../pools/contestants.ts"
import type { Settings } from "../pools/lending-pool.ts"
import type { Bench } from "./section.ts"

export type Found = ReadonlyMap<LendingContestant, Spread | Error>

/** A process for each, for the whole section. */
export function processes(bench: Bench, contestants: readonly LendingContestant[]): Map<LendingContestant, ContestantProcess> {
  return new Map(contestants.map((each) => [each, bench.start()]))
}

export function contestant(pool: LendingName, settings: Settings = "defaults"): LendingContestant | undefined {
  return LENDING_CONTESTANTS.find((each) => each.pool === pool && each.settings === settings)
}

export const COMPARISON_COLUMNS = ["pool", "defaults", "times @pgsd/pool", "best settings", "times @pgsd/pool"] as const

/** A row per pool: its figure with defaults and with its best settings, each with the ratio to @pgsd/pool. */
export function comparisonRows(found: Found, pools: readonly LendingName[]): string[][] {
  const of = (pool: LendingName, settings: Settings) => {
    const key = contestant(pool, settings)
    return key === undefined ? undefined : found.get(key)
  }
  const ours = of("@pgsd/pool", "defaults")
  const measured = pools.filter((pool) => of(pool, "defaults") !== undefined)
  return measured.map((pool) => {
    const [plain, best] = [of(pool, "defaults"), of(pool, "best")]
    const bestCells = best === undefined ? ["the same", ""] : [formatSpread(best), formatRatio(best, ours)]
    return [pool, formatSpread(plain), formatRatio(plain, ours), ...bestCells]
  })
}

/** The entries of the map, for the JSON. */
export function foundData(found: Found): object[] {
  return [...found].map(([{ pool, settings }, spread]) => ({
    pool,
    settings,
    ...(spread instanceof Error ? { error: spread.message } : spread),
  }))
}
