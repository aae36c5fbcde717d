import type { ContestantProcess } from "../harness/contestant-process.ts"
import type { Spread } from "../harness/statistics.ts"
import { ratioWords, spreadWords } from "../harness/words.ts"
import { LENDING_CONTESTANTS, type LendingContestant, type LendingName } from "../pools/contestants.ts"
import type { Settings } from "../pools/lending-pool.ts"
import type { Bench } from "./section.ts"

export type Found = ReadonlyMap<LendingContestant, Spread | Error>

/** One process each for as long as the section lasts. */
export function processes(bench: Bench, contestants: readonly LendingContestant[]): Map<LendingContestant, ContestantProcess> {
  return new Map(contestants.map((each) => [each, bench.start()]))
}

export function contestant(pool: LendingName, settings: Settings = "defaults"): LendingContestant | undefined {
  return LENDING_CONTESTANTS.find((each) => each.pool === pool && each.settings === settings)
}

/** A row per pool: its figure with defaults and with its best settings, and how many times our own the lower of both is. */
export function comparisonRows(found: Found, pools: readonly LendingName[]): string[][] {
  const of = (pool: LendingName, settings: Settings) => {
    const key = contestant(pool, settings)
    return key === undefined ? undefined : found.get(key)
  }
  const ours = of("@pgsd/pool", "defaults")
  const measured = pools.filter((pool) => of(pool, "defaults") !== undefined)
  return measured.map((pool) => {
    const [plain, best] = [of(pool, "defaults"), of(pool, "best")]
    const fastest =
      best !== undefined && !(best instanceof Error) && !(plain instanceof Error) && best.median < plain!.median ? best : plain
    return [pool, spreadWords(plain), best === undefined ? "as defaults" : spreadWords(best), ratioWords(fastest, ours)]
  })
}

/** The data of a Map with contestants as keys, for the JSON. */
export function foundData(found: Found): object[] {
  return [...found].map(([{ pool, settings }, spread]) => ({
    pool,
    settings,
    ...(spread instanceof Error ? { error: spread.message } : spread),
  }))
}
