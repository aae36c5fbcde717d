import { getEventListeners } from "node:events"
import { abortable } from "@pgsd/driver"
import { expect, test } from "vitest"

const never = () => new Promise<never>(() => {})
const failing = () => Promise.reject(new Error("unhandled"))

test("settles as the work does without a signal, or with one that does not fire", async () => {
  const { signal } = new AbortController()
  for (const each of [undefined, signal]) {
    expect(await abortable(Promise.resolve(7), each)).toBe(7)
    await expect(abortable(failing(), each)).rejects.toThrow("unhandled")
  }
  expect(getEventListeners(signal, "abort"), "listeners left behind").toEqual([])
})

test("rejects with the signal's reason if it fires first; a later failure of the work is not an unhandled rejection", async () => {
  const controller = new AbortController()
  let fail = (_: Error) => {}
  const work = new Promise<never>((_, reject) => {
    fail = reject
  })
  const waiting = abortable(work, controller.signal)
  controller.abort("enough")
  await expect(waiting).rejects.toBe("enough")
  fail(new Error("later"))
  // vitest fails a run with an unhandled rejection.
  await new Promise((resolve) => setImmediate(resolve))
})

test("an already aborted signal takes precedence over resolved, rejected and pending work", async () => {
  const signal = AbortSignal.abort("before")
  for (const work of [Promise.resolve(7), failing(), never()]) await expect(abortable(work, signal)).rejects.toBe("before")
})
