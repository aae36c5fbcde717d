/** Node fires a timer of more than 2^31 − 1 ms at once. */
const LONGEST_MS = 2 ** 31 - 1

export function timerDelay(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_MS)
}
