import { isPgsdError } from "@pgsd/driver"

/**
 * Passes an error on with the database's name as its `label`. Drivers and pools set it from the target; what comes without one, or with
 * the name of an embedded driver, gets it here. The reason of a caller's own signal is the caller's and stays as it is.
 */
export function named(name: string, error: unknown, signal?: AbortSignal): unknown {
  if (!isPgsdError(error) || error.label === name || (signal?.aborted && signal.reason === error)) return error
  if (Object.isExtensible(error)) Object.defineProperty(error, "label", { value: name, enumerable: true, configurable: true })
  return error
}
