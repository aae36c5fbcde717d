import { getEventListeners } from "node:events"
import { abortable } from "@pgsd/driver"
import { expect, test } from "vitest"

const never = () => new Promise<never>(() => {})
const failing = () => Promise.reject(new Error("nobody's"))

test("without a signal, and with one that does not fire, the work's own outcome", async () => {
  const { signal } = new AbortController()
  for (const each of [undefined, signal]) {
    expect(await abortable(Promise.resolve(7), each)).toBe(7)
    await expect(abortable(failing(), each)).rejects.toThrow("nobody's")
  }
  expect(getEventListeners(signal, "abort"), "listeners left behind").toEqual([])
})

test("the signal's reason when it fires first; work that fails later is no unhandled rejection", async () => {
  const controller = new AbortController()
  let fail = (_: Error) => {}
  const work = new Promise<never>((_, reject) => {
    fail = reject
  })
  const waiting = abortable(work, controller.signal)
  controller.abort("enough")
  await expect(waiting).rejects.toBe("enough")
  fail(new Error("later"))
  // vitest fails a run in which a rejection was unhandled.
  await new Promise((resolve) => setImmediate(resolve))
})

test("a signal that has fired already wins over work that is done, failed or neither", async () => {
  const signal = AbortSignal.abort("before")
  for (const work of [Promise.resolve(7), failing(), never()]) await expect(abortable(work, signal)).rejects.toBe("before")
})
