/** The clock of these packages; tests pass one that they control. */
export interface Clock {
  /** Monotonic, in ms. */
  now(): number
  /** Wall clock, in ms: it advances while the machine sleeps or the process is frozen. @default now() */
  wallNow?(): number
  /** If the handle has ref() and unref(), they are called. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  /** After pending I/O was processed. @default setTimeout(callback, 0) */
  setImmediate?(callback: () => void): void
  /** Real work, such as the loading of code, that must be done before time goes on: a clock moved by hand waits for it. @default ignored */
  holdFor?(work: Promise<unknown>): void
}

export const systemClock: Required<Clock> = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => void setImmediate(callback),
  holdFor: () => {},
}

/** A timer whose owner decides whether it keeps the process alive. */
export interface TimerHandle {
  ref?(): void
  unref?(): void
}

/** setTimeout() fires immediately beyond this many ms (a signed 32-bit integer, 24.8 days). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Clamps a delay in ms to what setTimeout() supports. */
export function timerDelay(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
}
