/**
 * The caller stops waiting when his signal fires; what he waited for goes on, and its failure is nobody's any more.
 *
 * @throws `signal.reason`, at once when it has fired already
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  signal.addEventListener("abort", abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener("abort", abort)
  }
}
