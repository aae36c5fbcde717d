import { afterEach, beforeEach } from "vitest"

/** Resolves when the microtask queue is empty, which is when Node reports unhandled rejections. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** The unhandled rejections of the current test; called once, at the top of a file. */
export function unhandledRejections(): unknown[] {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  beforeEach(() => {
    unhandled.length = 0
    process.on("unhandledRejection", note)
  })
  afterEach(() => void process.off("unhandledRejection", note))
  return unhandled
}
