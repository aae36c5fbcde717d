import { onAbort } from "./on-abort.ts"

/**
 * Stops waiting for `work` when the signal fires; the work itself continues, and its later failure is handled.
 *
 * @throws `signal.reason`, at once when it has fired already
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else stop = onAbort(signal, () => reject(signal.reason))
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    stop()
  }
}
