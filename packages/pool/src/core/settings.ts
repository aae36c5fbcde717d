import type { Clock } from "@pgsd/driver"

/** The pool options that the core uses; times in ms, `Infinity` means never. */
export interface CoreSettings {
  readonly max: number
  readonly min: number
  readonly connectTimeoutMs: number
  readonly connectConcurrency: number
  readonly validateAfterMs: number
  readonly validateTimeoutMs: number
  readonly healthCheckIntervalMs: number
  readonly idleTimeoutMs: number
  readonly maxLifetimeMs: number
  readonly maxLifetimeJitter: number
  readonly maxWaiting: number
  readonly resetTimeoutMs: number
  readonly closeTimeoutMs: number
  /** Pause between failing attempts. @default from FailurePolicy */
  readonly longestPauseMs?: number | undefined
  readonly clock: Clock
  readonly random: () => number
}
