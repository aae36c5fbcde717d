/** Errors of calls that were made too late or out of turn. */
const refusals = new WeakSet<object>()

/** The error of a call that was made too late or out of turn: see {@link refusable}. */
export function refusal<E extends Error>(error: E): E {
  refusals.add(error)
  return error
}

export function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && refusals.has(error)
}

/**
 * Makes a call whose refusal, because its handle is dead or it is out of turn, never ends the process, since such a call may be unawaited.
 * Any other failure is passed on as usual.
 *
 * @param call receives a function to be called when it begins
 * @param refused is called with the refusal
 */
export function refusable<T>(call: (begins: () => void) => Promise<T>, refused: (error: unknown) => void): Promise<T> {
  let begun = false
  const result: Promise<T> = call(() => {
    begun = true
  }).catch((error: unknown) => {
    if (!begun && isRefusal(error)) {
      result.catch(() => {})
      refused(error)
    }
    throw error
  })
  return result
}
