import { formatNumber } from "../harness/format.ts"
import { interleaved } from "../harness/rounds.ts"
import type { AcquireOptions } from "../measures/acquire.ts"
import { LENDING_CONTESTANTS, LENDING_NAMES, type LendingName } from "../pools/contestants.ts"
import { COMPARISON_COLUMNS, comparisonRows, contestant, type Found, foundData, processes } from "./lending.ts"
import type { Bench, Section } from "./section.ts"

const CONNECTIONS = 10
const CALLERS = [1, 10, 100, 1_000, 10_000, 100_000]
const BUDGET_MS = 4_000

export const acquireSection: Section = {
  async run(bench) {
    // Each pool once, to see that it runs.
    const contestants = bench.quick ? LENDING_CONTESTANTS.filter(({ settings }) => settings === "defaults") : LENDING_CONTESTANTS
    const sizes = bench.quick ? [1, 100] : CALLERS
    const children = processes(bench, contestants)
    const found = new Map<number, Found>()
    for (const callers of sizes) {
      bench.log(`acquire: ${callers} callers`)
      found.set(callers, await measure(bench, callers, children))
    }
    const tables = sizes.map((callers) => ({
      caption: `acquire + release, ${captionOf(callers)}: ns each, median (min..max)`,
      columns: COMPARISON_COLUMNS,
      rows: comparisonRows(found.get(callers)!, LENDING_NAMES),
    }))
    const growth = {
      caption: "growth of the cost: ratio to the pool's own cost at 100 callers",
      ...growthTable(found, sizes),
    }
    return {
      title: "Acquire and release",
      meaning: `The pool alone, over ${CONNECTIONS} stub connections. A caller acquires a connection, holds it for one turn of the microtask queue, and releases it; "floor" is array pop, a resolved promise and push, with a linked list of waiting callers. Lower is better.`,
      tables: [...tables, growth],
      data: Object.fromEntries([...found].map(([callers, each]) => [callers, foundData(each)])),
    }
  },
}

function measure(bench: Bench, callers: number, children: ReturnType<typeof processes>): Promise<Found> {
  const operations = bench.quick ? 500 : Math.max(callers, callers === 1 ? 100_000 : 60_000)
  return interleaved({
    contestants: [...children.keys()],
    rounds: bench.quick ? 2 : callers > 10_000 ? 3 : 7,
    budgetMs: BUDGET_MS,
    measure: (each) => {
      const options: AcquireOptions = { ...each, max: CONNECTIONS, callers, operations }
      return children.get(each)!.run<number>("acquire", options, 60_000)
    },
  })
}

function growthTable(found: ReadonlyMap<number, Found>, sizes: readonly number[]) {
  const larger = sizes.filter((callers) => callers >= 100)
  const cost = (pool: LendingName, callers: number): number => {
    const spread = found.get(callers)!.get(contestant(pool)!)
    return spread === undefined || spread instanceof Error ? Number.NaN : spread.median
  }
  const growth = (pool: LendingName, callers: number) => cost(pool, callers) / cost(pool, larger[0]!)
  const last = larger.filter((callers) => callers > 100)
  return {
    columns: ["pool", ...larger.map(count), ...last.map((callers) => `${count(callers)}, ratio to floor`)],
    rows: LENDING_NAMES.map((pool) => [
      pool,
      ...larger.map((callers) => `${formatNumber(growth(pool, callers))}×`),
      ...last.map((callers) => `${formatNumber(growth(pool, callers) / growth("floor", callers))}×`),
    ]),
  }
}

function count(callers: number): string {
  return callers.toLocaleString("en-US")
}

function captionOf(callers: number): string {
  if (callers === 1) return "one caller"
  return `${count(callers)} callers on ${CONNECTIONS} connections`
}
