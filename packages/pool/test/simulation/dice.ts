/** mulberry32: small, fast, the same everywhere. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One step is one number: which operation, and with what. */
export function stepsOf(seed: number, count: number): number[] {
  const roll = dice(seed)
  return Array.from({ length: count }, () => Math.floor(roll() * 4_294_967_296))
}
