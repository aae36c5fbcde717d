import { setTimeout as delay } from "node:timers/promises"
import { serverError } from "./errors.ts"

/** The end of an operation: a moment, and perhaps a caller who loses interest earlier. */
export interface Deadline {
  readonly at: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export function deadline(timeoutMs: number, signal?: AbortSignal): Deadline {
  return { at: performance.now() + timeoutMs, timeoutMs, signal }
}

/**
 * Asks `condition` every few milliseconds until it answers something else than `undefined`.
 *
 * @throws PgsdError PGSD_SERVER_TIMEOUT naming `what`; `signal.reason` when aborted.
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
