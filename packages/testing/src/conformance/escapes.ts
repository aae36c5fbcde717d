import assert from "node:assert/strict"
import { inspect } from "node:util"
import { turn } from "./waiting.ts"

const EVENTS = ["uncaughtException", "unhandledRejection"] as const

/**
 * Runs `work`, and fails if it causes an error that would have ended the process. The runner's own listeners are removed meanwhile, so that
 * the failure is the law's rather than the run's.
 */
export async function withoutEscapes(work: () => Promise<void>): Promise<void> {
  const escaped: unknown[] = []
  const catcher = (error: unknown) => {
    escaped.push(error)
  }
  const resting = EVENTS.map((event) => ({ event, listeners: process.rawListeners(event) as ((error: unknown) => void)[] }))
  for (const event of EVENTS) process.removeAllListeners(event).on(event, catcher)
  try {
    await work()
  } finally {
    // A rejection counts as unhandled at the end of the turn. Those of a law that failed anyway are ignored.
    await turn()
    await turn()
    for (const { event, listeners } of resting) {
      process.removeListener(event, catcher)
      for (const listener of listeners) process.on(event, listener)
    }
  }
  assert.equal(escaped.length, 0, `errors escaped that would have ended the process: ${escaped.map((each) => inspect(each)).join("; ")}`)
}
