import { seededRandom } from "@pgsd/testing"
import { expect, test } from "vitest"

test("the same seed always gives the same numbers", () => {
  const numbers = (seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: 4 }, () => random.below(1_000))
  }
  expect(numbers(1)).toEqual([627, 2, 527, 981])
  expect(numbers(1)).toEqual(numbers(1))
  expect(numbers(2)).not.toEqual(numbers(1))
})

test("without a seed it chooses one and reports it", () => {
  const random = seededRandom()
  expect(seededRandom(random.seed).next()).toBe(random.next())
})

test("numbers are evenly distributed over their range", () => {
  const random = seededRandom(20_261_124)
  const counts = new Array<number>(10).fill(0)
  for (let round = 0; round < 10_000; round++) counts[random.below(10)]! += 1
  // Four standard deviations of 30 either way.
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120)
})
