import { type RetryFailure, type RetryPolicy, retry } from "@pgsd/connector"
import { PgsdError } from "@pgsd/driver"
import { type ManualClock, manualClock } from "@pgsd/testing"
import { describe, expect, test } from "vitest"

const down = new PgsdError("PGSD_CONNECTION_REFUSED", "refused", { retryable: true })
const wrong = new PgsdError("PGSD_AUTH_FAILED", "wrong password")

/** Runs a policy against work that fails as listed and then succeeds; time advances as needed. */
async function run(failures: readonly unknown[], policy: RetryPolicy = {}) {
  const clock = manualClock()
  const left = [...failures]
  const starts: number[] = []
  const seen: RetryFailure[] = []
  const work = async ({ number }: { number: number }) => {
    expect(number).toBe(starts.length + 1)
    starts.push(clock.now())
    if (left.length > 0) throw left.shift()
    return "done"
  }
  const running = retry(work, { clock, random: () => 0.5, onFailure: (failure) => seen.push(failure), ...policy })
  const outcome = running.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await passAll(clock)
  expect(clock.pending).toBe(0)
  return { outcome: await outcome, starts, seen }
}

async function passAll(clock: ManualClock): Promise<void> {
  do await clock.advance(1_000)
  while (clock.pending > 0)
}

describe("retry", () => {
  test("returns the result of the first successful attempt", async () => {
    expect(await run([])).toMatchObject({ outcome: { value: "done" }, starts: [0], seen: [] })
    expect(await run([down, down])).toMatchObject({ outcome: { value: "done" }, starts: [0, 500, 1_500] })
  })

  test("makes three attempts by default and throws the last failure unchanged", async () => {
    const last = new PgsdError("PGSD_CONNECTION_REFUSED", "the third", { retryable: true })
    const { outcome, starts, seen } = await run([down, down, last, down])
    expect(outcome).toEqual({ error: last })
    expect(starts).toHaveLength(3)
    expect(seen).toEqual([
      { error: down, attempt: 1, delayMs: 500 },
      { error: down, attempt: 2, delayMs: 1_000 },
      { error: last, attempt: 3, delayMs: undefined },
    ])
  })

  test("retries only retryable errors", async () => {
    expect(await run([wrong])).toMatchObject({ outcome: { error: wrong }, starts: [0] })
    expect(await run([new Error("anything")])).toMatchObject({ starts: [0] })
    expect((await run([wrong], { isRetryable: () => true })).outcome).toEqual({ value: "done" })
  })

  test("pauses double up to maxDelayMs, drawn uniformly from 0", async () => {
    const pauses = async (random: number) =>
      (await run(Array(6).fill(down), { maxAttempts: 7, baseDelayMs: 100, maxDelayMs: 1_000, random: () => random })).seen.map(
        (failure) => failure.delayMs,
      )
    expect(await pauses(0)).toEqual([0, 0, 0, 0, 0, 0])
    expect(await pauses(0.5)).toEqual([50, 100, 200, 400, 500, 500])
    expect((await pauses(0.999)).at(-1)).toBeCloseTo(999)
  })

  test("starts no attempt after its deadline", async () => {
    const { outcome, starts, seen } = await run(Array(50).fill(down), { maxAttempts: 50, baseDelayMs: 1_000, deadlineMs: 4_000 })
    expect(outcome).toEqual({ error: down })
    expect(Math.max(...starts)).toBeLessThanOrEqual(4_000)
    expect(seen.at(-1)!.delayMs).toBeUndefined()
  })

  test("an abort ends a pause with its reason and leaves no timer", async () => {
    const clock = manualClock()
    const stop = new AbortController()
    let attempts = 0
    const running = retry(
      async ({ signal }) => {
        attempts += 1
        expect(signal).toBe(stop.signal)
        throw down
      },
      { clock, signal: stop.signal, random: () => 0.5 },
    ).catch((error: unknown) => error)
    await clock.advance(100)
    const reason = new Error("enough")
    stop.abort(reason)
    expect(await running).toBe(reason)
    expect([attempts, clock.pending]).toEqual([1, 0])
  })

  test("an aborted signal makes no attempt", async () => {
    let attempts = 0
    const work = async () => {
      attempts += 1
    }
    await expect(retry(work, { signal: AbortSignal.abort("no") })).rejects.toBe("no")
    expect(attempts).toBe(0)
  })

  test.each<[options: object, hint: RegExp | undefined]>([
    [{ attempts: 5 }, undefined],
    [{ maxAttempt: 5 }, /maxAttempts/],
    [{ maxAttempts: 0 }, undefined],
    [{ baseDelayMs: -1 }, undefined],
    [{ deadlineMs: Number.NaN }, undefined],
  ])("%j is refused", async (options, hint) => {
    const error = await retry(async () => {}, options).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: "PGSD_INVALID_OPTION" })
    if (hint !== undefined) expect((error as PgsdError).hint).toMatch(hint)
  })
})

test("an onFailure that throws neither ends the attempts nor hides the failure", async () => {
  const failure = new Error("mine")
  let attempts = 0
  const work = async () => {
    attempts++
    throw failure
  }
  const onFailure = () => {
    throw new Error("a fault of the hook")
  }
  const policy = { maxAttempts: 2, baseDelayMs: 1, isRetryable: () => true, onFailure }
  await expect(retry(work, policy)).rejects.toBe(failure)
  expect(attempts).toBe(2)
})
