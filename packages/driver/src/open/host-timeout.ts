import { milliseconds } from "../options.ts"

/** The fraction of a caller's time for all hosts of a list together, so that each is tried before the caller's deadline. */
const SHARE_OF_CALLERS_TIME = 0.9

/**
 * The `hostTimeoutMs` for each of that many hosts while a caller waits. A single host has nothing to share: its attempt has its own timeout
 * and may outlive the caller, as a slowly starting server requires.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function hostTimeoutOf(acquireTimeoutMs: number, hosts: number): number {
  const callersMs = milliseconds("acquireTimeoutMs", acquireTimeoutMs)
  if (hosts === 1) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor((callersMs * SHARE_OF_CALLERS_TIME) / hosts))
}
