import { milliseconds } from "../options.ts"

/** How much of a caller's time the hosts of a list may take together, so that each is tried before its deadline. */
const SHARE_OF_CALLERS_TIME = 0.9

/**
 * The `hostTimeoutMs` with which each of so many hosts is tried while a caller waits. One host has nothing to share: an attempt
 * at it has its own timeout and may outlive the caller, as a server that takes long to start needs it.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function hostTimeoutOf(acquireTimeoutMs: number, hosts: number): number {
  const callersMs = milliseconds("acquireTimeoutMs", acquireTimeoutMs)
  if (hosts === 1) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor((callersMs * SHARE_OF_CALLERS_TIME) / hosts))
}
