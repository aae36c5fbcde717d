import { type Clock, count, isRetryable, milliseconds, PgsdError, pause, refuseUnknownOptions, systemClock } from "@pgsd/driver"

export interface RetryPolicy {
  /** The first attempt included. @default 3 */
  readonly maxAttempts?: number | undefined
  /** The longest pause after the first failure, in ms; doubled after each further one. @default 1_000 */
  readonly baseDelayMs?: number | undefined
  /** No pause is longer, in ms. @default 30_000 */
  readonly maxDelayMs?: number | undefined
  /** No attempt starts later than this after the first one, in ms. @default Infinity */
  readonly deadlineMs?: number | undefined
  /** Which failures deserve another attempt. @default those whose error says so (`retryable`) */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
  /** Called after every failed attempt, before the pause. */
  readonly onFailure?: ((failure: RetryFailure) => void) | undefined
  /** Ends the pause, and is handed to each attempt. */
  readonly signal?: AbortSignal | undefined
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: (() => number) | undefined
  /** @default the system's */
  readonly clock?: Clock | undefined
}

export interface RetryFailure {
  readonly error: unknown
  /** 1 for the first. */
  readonly attempt: number
  /** The pause until the next attempt, in ms; undefined when there is none. */
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

/** The policy with its defaults, checked. @throws PgsdError PGSD_INVALID_OPTION */
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
 * Calls `work` until it succeeds, its failure is not worth another attempt, or the policy is used up. Pauses are drawn evenly
 * from 0 to the limit ("full jitter"), so that many callers do not come back at the same moment.
 *
 * @throws the last failure as it is; `signal.reason` when aborted during a pause
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
      onFailure?.({ error, attempt: number, delayMs: again ? delayMs : undefined })
      if (!again) throw error
      await pause(delayMs, clock, signal)
    }
  }
}
