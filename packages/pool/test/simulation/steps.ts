import { seededRandom } from "@pgsd/testing"

/** One step is one number: which operation, and with what. */
export function stepsOf(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.below(4_294_967_296))
}
