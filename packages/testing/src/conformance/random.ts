/** A small seeded generator (mulberry32), so that what chance found can be found again. */
export interface Random {
  readonly seed: number
  /** From 0 (included) to 1 (excluded). */
  next(): number
  /** A whole number from 0 (included) to `limit` (excluded). */
  below(limit: number): number
}

function seededRandom(seed = Math.floor(Math.random() * 2 ** 32)): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next, below: (limit) => Math.floor(next() * limit) }
}

/** Runs `check` with a generator; a failure says the seed that repeats it. */
export async function withSeed(seed: number | undefined, check: (random: Random) => Promise<void>): Promise<void> {
  const random = seededRandom(seed)
  try {
    await check(random)
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (seed ${random.seed})`
    throw error
  }
}
