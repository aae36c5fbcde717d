import { seededRandom } from "@pgsd/testing"

/** One step is one number, which encodes the operation and its argument. */
export function stepsOf(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.below(4_294_967_296))
}
