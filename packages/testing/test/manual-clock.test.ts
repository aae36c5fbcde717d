import { manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"

test("timers fire in order of time, then of creation, each with its own now()", async () => {
  const clock = manualClock(1_000)
  const fired: string[] = []
  clock.setTimeout(() => fired.push(`b@${clock.now()}`), 20)
  clock.setTimeout(() => fired.push(`a@${clock.now()}`), 10)
  clock.setTimeout(() => fired.push(`c@${clock.now()}`), 20)
  await clock.advance(19)
  expect(fired).toEqual(["a@1010"])
  await clock.advance(1)
  expect(fired).toEqual(["a@1010", "b@1020", "c@1020"])
  expect(clock.now()).toBe(1_020)
  expect(clock.pending).toBe(0)
})

test("a timer set by another timer's callback fires within the same advance", async () => {
  const clock = manualClock()
  const pause = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  const times: number[] = []
  const loop = (async () => {
    for (let round = 0; round < 3; round++) {
      await pause(100)
      times.push(clock.now())
    }
  })()
  await clock.advance(1_000)
  await loop
  expect(times).toEqual([100, 200, 300])
})

test("a cleared timer never fires", async () => {
  const clock = manualClock()
  let fired = 0
  const timer = clock.setTimeout(() => fired++, 5)
  clock.clearTimeout(timer)
  clock.clearTimeout(undefined)
  await clock.advance(10)
  expect(fired).toBe(0)
})

test("a jump changes wall time alone", async () => {
  const clock = manualClock(500)
  let fired = false
  clock.setTimeout(() => {
    fired = true
  }, 10)
  clock.jump(60_000)
  expect([clock.now(), clock.wallNow(), fired]).toEqual([500, 60_500, false])
  await clock.advance(10)
  expect([clock.now(), clock.wallNow(), fired]).toEqual([510, 60_510, true])
})

test("a delay that Node would turn into 1 ms is refused or is 1 ms, as in Node", async () => {
  const clock = manualClock()
  expect(() => clock.setTimeout(() => {}, Number.POSITIVE_INFINITY)).toThrow(RangeError)
  let fired = 0
  clock.setTimeout(() => fired++, -5)
  clock.setTimeout(() => fired++, Number.NaN)
  await clock.advance(0)
  expect(fired).toBe(0)
  await clock.advance(1)
  expect(fired).toBe(2)
})

test("a timer records whether it keeps the process alive", () => {
  const timer = manualClock().setTimeout(() => {}, 1)
  expect([timer.hasRef(), timer.unref().hasRef(), timer.ref().hasRef()]).toEqual([true, false, true])
})

test("time waits for real work that holds it", async () => {
  const clock = manualClock()
  let loaded = false
  clock.holdFor(new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => (loaded = true)))
  clock.holdFor(Promise.reject(new Error("could not be loaded")))
  let loadedAtTimer: boolean | undefined
  clock.setTimeout(() => (loadedAtTimer = loaded), 5)
  await clock.advance(10)
  expect(loadedAtTimer).toBe(true)
})
