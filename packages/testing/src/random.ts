/** The result of {@link seededRandom}. */
export interface Random {
  readonly seed: number
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number
  /** An integer from 0 (inclusive) to `limit` (exclusive). */
  below(limit: number): number
}

/**
 * Creates a pseudo-random generator for tests (mulberry32): the same seed gives the same numbers everywhere, which makes failures
 * reproducible. Print {@link Random.seed} with every failure. Not for secrets.
 *
 * @param seed an integer, of which 32 bits are used. @default random
 */
export function seededRandom(seed = Math.floor(Math.random() * 2 ** 32)): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next, below: (limit) => Math.floor(next() * limit) }
}

/** Runs `check` with a generator; a failure reports the seed that reproduces it. */
export async function withSeed(seed: number | undefined, check: (random: Random) => Promise<void>): Promise<void> {
  const random = seededRandom(seed)
  try {
    await check(random)
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (seed ${random.seed})`
    throw error
  }
}
