/** Time as this repository sees it; tests pass a clock that they move by hand. */
export interface Clock {
  /** Monotonic, in ms. */
  now(): number
  /** Wall clock, in ms: it continues while the machine sleeps or the process is frozen. @default now() */
  wallNow?(): number
  /** A handle with ref() and unref() gets them called; others need not have them. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  /** After pending I/O had its turn. @default setTimeout(callback, 0) */
  setImmediate?(callback: () => void): void
}

export const systemClock: Required<Clock> = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => void setImmediate(callback),
}

/** A timer of which the owner decides whether it may keep the process alive. */
export interface TimerHandle {
  ref?(): void
  unref?(): void
}

/** setTimeout() fires at once beyond this many ms (a signed 32-bit integer, 24.8 days). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A delay in ms that setTimeout() takes as it is meant. */
export function timerDelay(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
}
