import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"
import { followAll, onAbort } from "../src/on-abort.ts"

describe("onAbort", () => {
  it("adds one event listener per signal for any number of callbacks, and removes it with the last", () => {
    const { signal } = new AbortController()
    const stops = Array.from({ length: 300 }, () => onAbort(signal, () => {}))
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    for (const stop of stops) stop()
    expect(getEventListeners(signal, "abort")).toHaveLength(0)
  })

  it("calls every callback once, in order, except those removed", () => {
    const controller = new AbortController()
    const called: number[] = []
    onAbort(controller.signal, () => called.push(1))
    const stop = onAbort(controller.signal, () => called.push(2))
    onAbort(controller.signal, () => called.push(3))
    stop()
    controller.abort()
    controller.abort()
    expect(called).toEqual([1, 3])
  })

  it("counts a function once for each registration", () => {
    const controller = new AbortController()
    let calls = 0
    const listener = () => void calls++
    const stop = onAbort(controller.signal, listener)
    onAbort(controller.signal, listener)
    stop()
    stop()
    controller.abort()
    expect(calls).toBe(1)
  })
})

it("followAll aborts with the reason of whichever fires first, and stops following all of them", () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const following = new AbortController()
  followAll([undefined, first.signal, second.signal], following)
  second.abort("second")
  first.abort("first")
  expect(following.signal.reason).toBe("second")
  const stopped = new AbortController()
  const third = new AbortController()
  followAll([third.signal], stopped)()
  third.abort()
  expect(stopped.signal.aborted).toBe(false)
  followAll([AbortSignal.abort("before")], stopped)
  expect(stopped.signal.reason).toBe("before")
})
