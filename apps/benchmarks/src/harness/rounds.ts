import { type Spread, spreadOf } from "./statistics.ts"

export interface RoundsOptions<C> {
  readonly contestants: readonly C[]
  readonly rounds: number
  /** A contestant that has taken this long in all gets no further round, in ms: its spread is known to be the least of its problems. */
  readonly budgetMs: number
  readonly measure: (contestant: C) => Promise<number>
}

/**
 * Every contestant once, then every contestant again: what disturbs the machine for a while disturbs all of them. Who fails a round
 * has failed the benchmark; the error is his result.
 */
export async function interleaved<C>({ contestants, rounds, budgetMs, measure }: RoundsOptions<C>): Promise<Map<C, Spread | Error>> {
  const values = new Map<C, number[]>(contestants.map((each) => [each, []]))
  const spent = new Map<C, number>()
  const failures = new Map<C, Error>()
  for (let round = 0; round < rounds; round++)
    for (const contestant of contestants) {
      if (failures.has(contestant) || (spent.get(contestant) ?? 0) > budgetMs) continue
      const since = performance.now()
      try {
        values.get(contestant)!.push(await measure(contestant))
      } catch (error) {
        failures.set(contestant, error as Error)
      }
      spent.set(contestant, (spent.get(contestant) ?? 0) + performance.now() - since)
    }
  return new Map(contestants.map((each) => [each, failures.get(each) ?? spreadOf(values.get(each)!)]))
}
