import { setTimeout } from "node:timers/promises"

/** Polls until it is true. */
export async function until(fact: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${fact}`)
    await setTimeout(10)
  }
}
