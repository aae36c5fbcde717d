import {
  type Clock,
  callListener,
  count,
  isRetryable,
  milliseconds,
  PgsdError,
  pause,
  refuseUnknownOptions,
  systemClock,
} from "@pgsd/driver"

export interface RetryPolicy {
  /** Maximum number of attempts, including the first. @default 3 */
  readonly maxAttempts?: number | undefined
  /** Maximum pause after the first failure, in ms; doubled after each further one. @default 1_000 */
  readonly baseDelayMs?: number | undefined
  /** Maximum pause, in ms. @default 30_000 */
  readonly maxDelayMs?: number | undefined
  /** No attempt starts later than this after the first one, in ms. @default Infinity */
  readonly deadlineMs?: number | undefined
  /** Whether a failure justifies another attempt. @default if its error says so (`retryable`) */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
  /** Called after every failed attempt, before the pause. What it throws becomes a warning of the process. */
  readonly onFailure?: ((failure: RetryFailure) => void) | undefined
  /** Ends the pause, and is passed to each attempt. */
  readonly signal?: AbortSignal | undefined
  /** From 0 (inclusive) to 1 (exclusive). @default Math.random */
  readonly random?: (() => number) | undefined
  /** @default the system clock */
  readonly clock?: Clock | undefined
}

export interface RetryFailure {
  readonly error: unknown
  /** 1 for the first. */
  readonly attempt: number
  /** The pause before the next attempt, in ms; undefined if there is none. */
  readonly delayMs: number | undefined
}

/** {@link RetryPolicy} with its defaults. */
export interface CheckedRetryPolicy extends RetryPolicy {
  readonly maxAttempts: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly deadlineMs: number
  readonly isRetryable: (error: unknown) => boolean
  readonly random: () => number
  readonly clock: Clock
}

const DEFAULTS = { maxAttempts: 3, baseDelayMs: 1_000, maxDelayMs: 30_000, deadlineMs: Number.POSITIVE_INFINITY } as const
const OPTIONS = [
  "maxAttempts",
  "baseDelayMs",
  "maxDelayMs",
  "deadlineMs",
  "isRetryable",
  "onFailure",
  "signal",
  "random",
  "clock",
] as const satisfies readonly (keyof RetryPolicy)[]

/** Validates the policy and adds the defaults. @throws PgsdError PGSD_INVALID_OPTION */
export function checkRetryPolicy(policy: RetryPolicy): CheckedRetryPolicy {
  refuseUnknownOptions("option of retry", policy, OPTIONS)
  const { signal, random = Math.random, clock = systemClock, onFailure } = policy
  const { isRetryable: worthwhile = isRetryable } = policy
  for (const [name, value] of Object.entries({ random, isRetryable: worthwhile, onFailure }))
    if (value !== undefined && typeof value !== "function") throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a function`)
  return {
    signal,
    random,
    clock,
    isRetryable: worthwhile,
    onFailure,
    maxAttempts: count("maxAttempts", policy.maxAttempts ?? DEFAULTS.maxAttempts, 1, true),
    baseDelayMs: milliseconds("baseDelayMs", policy.baseDelayMs ?? DEFAULTS.baseDelayMs),
    maxDelayMs: milliseconds("maxDelayMs", policy.maxDelayMs ?? DEFAULTS.maxDelayMs),
    deadlineMs: milliseconds("deadlineMs", policy.deadlineMs ?? DEFAULTS.deadlineMs),
  }
}

/**
 * Calls `work` until it succeeds, fails with an error that does not justify another attempt, or the policy is exhausted. Pauses are
 * uniformly distributed from 0 to the limit ("full jitter"), so that many callers do not retry at the same time.
 *
 * @throws the last failure unchanged; `signal.reason` when aborted during a pause
 */
export async function retry<T>(
  work: (attempt: { readonly number: number; readonly signal: AbortSignal | undefined }) => Promise<T>,
  policy: RetryPolicy = {},
): Promise<T> {
  const { signal, random, clock, onFailure, maxAttempts, baseDelayMs, maxDelayMs, deadlineMs, ...checked } = checkRetryPolicy(policy)
  const end = clock.now() + deadlineMs
  for (let number = 1; ; number++) {
    signal?.throwIfAborted()
    try {
      return await work({ number, signal })
    } catch (error) {
      const delayMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (number - 1))
      const again = !signal?.aborted && number < maxAttempts && checked.isRetryable(error) && clock.now() + delayMs <= end
      if (onFailure !== undefined) callListener(onFailure, { error, attempt: number, delayMs: again ? delayMs : undefined })
      if (!again) throw error
      await pause(delayMs, clock, signal)
    }
  }
}
