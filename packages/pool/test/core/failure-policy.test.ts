import { expect, test } from "vitest"
import { FailurePolicy } from "../../src/core/failure-policy.ts"

const refused = new Error("refused")

/** The pauses after failures that follow as soon as allowed. */
function pauses(random: number, count: number): number[] {
  const policy = new FailurePolicy(3, () => random)
  const found: number[] = []
  for (let now = 0, n = 0; n < count; n++) {
    policy.failed(refused, false, now)
    found.push(policy.retryAt - now)
    now = policy.retryAt
  }
  return found
}

test("pauses double from 100 ms to 1.6 s, and each is drawn from 50 to 100 % of that", () => {
  expect(pauses(0, 6)).toEqual([50, 100, 200, 400, 800, 800])
  expect(pauses(1, 6)).toEqual([100, 200, 400, 800, 1_600, 1_600])
  expect(pauses(0.5, 3)).toEqual([75, 150, 300])
})

test("attempts already running at the first failure count as the same failure", () => {
  const policy = new FailurePolicy(3, () => 1)
  policy.failed(refused, false, 0)
  policy.failed(refused, false, 10)
  policy.failed(refused, false, 99)
  expect([policy.streak, policy.retryAt]).toEqual([1, 100])
  policy.failed(refused, false, 100)
  expect([policy.streak, policy.retryAt]).toEqual([2, 300])
})

test("while attempts fail there is none during the pause, and one after it", () => {
  const policy = new FailurePolicy(8, () => 1)
  expect([policy.streak, policy.allowance(0)]).toEqual([0, 8])
  policy.failed(refused, false, 0)
  expect([policy.streak, policy.allowance(99), policy.allowance(100)]).toEqual([1, 0, 1])
})

test("pauses have a configurable limit", () => {
  const policy = new FailurePolicy(1, () => 1, 300)
  for (let n = 0; n < 5; n++) policy.failed(refused, false, n * 1_000)
  expect(policy.retryAt).toBe(4_300)
})

test("the success that ends a series of failures is followed by a pause while a connection can serve; others are not", () => {
  const policy = new FailurePolicy(3, () => 1)
  policy.failed(refused, false, 5_000)
  policy.succeeded(6_000)
  expect([policy.streak, policy.allowance(6_000), policy.allowance(6_499), policy.allowance(6_500)]).toEqual([0, 0, 0, 1])
  policy.bereft()
  expect(policy.allowance(6_000)).toBe(1)
  policy.succeeded(6_600)
  expect(policy.allowance(6_600)).toBe(2)
})

test("after a failure attempts resume slowly: 1, 2, 4, and no more than allowed", () => {
  const policy = new FailurePolicy(6, () => 1)
  policy.failed(refused, false, 0)
  const allowed: number[] = []
  for (let n = 0; n < 6; n++) {
    policy.succeeded(100)
    allowed.push(policy.allowance(1_000))
  }
  expect(allowed).toEqual([1, 2, 4, 6, 6, 6])
  expect([policy.streak, policy.lastError]).toEqual([0, undefined])
})

test("only a permanent failure refuses callers, only during its pause, and with the last error", () => {
  const policy = new FailurePolicy(3, () => 1)
  policy.failed(refused, false, 0)
  expect(policy.refusal(50)).toBeUndefined()
  const wrong = new Error("wrong password")
  policy.failed(wrong, true, 100)
  expect([policy.refusal(299), policy.refusal(300)]).toEqual([wrong, undefined])
  policy.failed(refused, false, 310)
  expect(policy.refusal(320)).toBeUndefined()
  policy.failed(wrong, true, 1_000)
  policy.succeeded(1_000)
  expect(policy.refusal(1_001)).toBeUndefined()
})
