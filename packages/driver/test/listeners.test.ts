import { EndListeners, Listeners } from "@pgsd/driver"
import { expect, test, vi } from "vitest"

test("a listener that throws affects neither the other listeners nor the emitter; the exception becomes a process warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const listeners = new Listeners<[number]>()
  const other = vi.fn()
  listeners.add(() => {
    throw new Error("thrown by a listener")
  })
  listeners.add(other)
  listeners.emit(7)
  expect(other).toHaveBeenCalledWith(7)
  expect((await warned).message).toBe("thrown by a listener")
})

test("a close listener added later is called once, and not synchronously", async () => {
  const end = new EndListeners<[string]>()
  const early = vi.fn()
  const during = vi.fn()
  const late = vi.fn()
  end.add(early)
  end.add(() => end.add(during))
  end.emit("lost")
  end.add(late)
  expect(early).toHaveBeenCalledExactlyOnceWith("lost")
  expect(late).not.toHaveBeenCalled()
  await Promise.resolve()
  expect(during).toHaveBeenCalledExactlyOnceWith("lost")
  expect(late).toHaveBeenCalledExactlyOnceWith("lost")
})

test("the rejection of an async listener becomes a process warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const listeners = new Listeners<[number]>()
  listeners.add(async () => {
    throw new Error("rejected by a listener")
  })
  listeners.emit(7)
  expect((await warned).message).toBe("rejected by a listener")
})
