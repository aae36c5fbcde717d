/** Errors of calls that came too late, or not at their turn. */
const refusals = new WeakSet<object>()

/** The error of a call that comes too late, or not at its turn: see {@link refusable}. */
export function refusal<E extends Error>(error: E): E {
  refusals.add(error)
  return error
}

export function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && refusals.has(error)
}

/**
 * A call that ends no process when it is refused before it has begun, because its handle is dead or it is not its turn: such a call may not
 * be awaited. Any other failure is its caller's.
 *
 * @param call is given what to call when it begins
 * @param refused is told of a refusal
 */
export function refusable<T>(call: (begins: () => void) => Promise<T>, refused: (error: unknown) => void): Promise<T> {
  let begun = false
  const told: Promise<T> = call(() => {
    begun = true
  }).catch((error: unknown) => {
    if (!begun && isRefusal(error)) {
      told.catch(() => {})
      refused(error)
    }
    throw error
  })
  return told
}
