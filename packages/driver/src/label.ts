import { PgsdError } from "./errors.ts"

/**
 * Sets the error's `label`, overriding any: for errors of one's own connection, which drivers label with the target, embedded ones with
 * themselves. Anything but a PgsdError is unchanged, as is the reason of the caller's own signal.
 */
export function labelled<T>(label: string, error: T, signal?: AbortSignal): T {
  if (signal?.aborted && signal.reason === error) return error
  if (error instanceof PgsdError && error.label !== label && Object.isExtensible(error))
    Object.defineProperty(error, "label", { value: label, enumerable: true, configurable: true })
  return error
}

/** As {@link labelled}, where the error has no label yet: the callback or the source of a call may fail with that of another database. */
export function withLabel<T>(label: string, error: T, signal?: AbortSignal): T {
  return error instanceof PgsdError && error.label !== undefined ? error : labelled(label, error, signal)
}

/** The errors of a connection's call, with those of its arguments, as {@link withLabel} gives them. */
export async function labelledCall<T>(label: string, call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw withLabel(label, error, signal)
  }
}

/** The same for the output of a call. */
export async function* labelledOutput<T>(
  label: string,
  output: AsyncGenerator<T, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, undefined> {
  try {
    yield* output
  } catch (error) {
    throw withLabel(label, error, signal)
  }
  return undefined
}
