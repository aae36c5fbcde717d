import { setTimeout as delay } from "node:timers/promises"
import { serverError } from "./errors.ts"

/** The end of an operation: its deadline, or the caller's abort. */
export interface Deadline {
  readonly at: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export function deadline(timeoutMs: number, signal?: AbortSignal): Deadline {
  return { at: performance.now() + timeoutMs, timeoutMs, signal }
}

/**
 * Polls `condition` every few milliseconds until it returns something other than `undefined`.
 *
 * @throws PgsdError PGSD_SERVER_TIMEOUT naming `what`; `signal.reason` when aborted
 */
export async function poll<T>(what: string, end: Deadline, condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    end.signal?.throwIfAborted()
    const answer = await condition()
    if (answer !== undefined) return answer
    if (performance.now() > end.at)
      throw serverError("PGSD_SERVER_TIMEOUT", `${what} took longer than ${end.timeoutMs} ms`, {
        hint: "raise timeoutMs, or see the server's logs()",
      })
    await delay(10)
  }
}
