import { type Spread, spreadOf } from "./statistics.ts"

export interface RoundsOptions<C> {
  readonly contestants: readonly C[]
  readonly rounds: number
  /** A contestant that has taken this long in all, in ms, gets no further round. */
  readonly budgetMs: number
  readonly measure: (contestant: C) => Promise<number>
}

/** Interleaves the rounds, so that noise on the machine affects all contestants. One that fails a round is out; its result is the error. */
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
