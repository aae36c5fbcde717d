import { milliseconds } from "../options.ts"

/** How much of a caller's time the hosts of a list may take together, so that each is tried before its deadline. */
const SHARE_OF_CALLERS_TIME = 0.9

/**
 * The `hostTimeoutMs` with which each of so many hosts is tried while a caller waits.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function hostTimeoutOf(acquireTimeoutMs: number, hosts: number): number {
  return Math.max(1, Math.floor((milliseconds("acquireTimeoutMs", acquireTimeoutMs) * SHARE_OF_CALLERS_TIME) / hosts))
}
