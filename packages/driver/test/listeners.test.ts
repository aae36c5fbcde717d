import { EndListeners, Listeners } from "@pgsd/driver"
import { expect, test, vi } from "vitest"

test("a listener that throws harms neither the others nor the one who tells; what it threw becomes a process warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const listeners = new Listeners<[number]>()
  const other = vi.fn()
  listeners.add(() => {
    throw new Error("thrown by a listener")
  })
  listeners.add(other)
  listeners.tell(7)
  expect(other).toHaveBeenCalledWith(7)
  expect((await warned).message).toBe("thrown by a listener")
})

test("who listens for an end after it is told once, and not before listening has returned", async () => {
  const end = new EndListeners<[string]>()
  const early = vi.fn()
  const during = vi.fn()
  const late = vi.fn()
  end.add(early)
  end.add(() => end.add(during))
  end.tell("lost")
  end.add(late)
  expect(early).toHaveBeenCalledExactlyOnceWith("lost")
  expect(late).not.toHaveBeenCalled()
  await Promise.resolve()
  expect(during).toHaveBeenCalledExactlyOnceWith("lost")
  expect(late).toHaveBeenCalledExactlyOnceWith("lost")
})

test("what an async listener rejects with becomes a process warning, too", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const listeners = new Listeners<[number]>()
  listeners.add(async () => {
    throw new Error("rejected by a listener")
  })
  listeners.tell(7)
  expect((await warned).message).toBe("rejected by a listener")
})
