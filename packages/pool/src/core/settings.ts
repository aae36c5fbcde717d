import type { Clock } from "@pgsd/driver"

/** The part of the pool's options that the core acts on; times in ms, `Infinity` is never. */
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
  /** Between attempts that fail. @default that of FailurePolicy */
  readonly longestPauseMs?: number | undefined
  readonly clock: Clock
  readonly random: () => number
}
