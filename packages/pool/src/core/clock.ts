/** Time as the pool sees it; tests pass one that they move by hand. */
export interface Clock {
  /** Monotonic, in ms. */
  now(): number
  /** Wall clock, in ms: it goes on while the machine sleeps or the process is frozen. @default now() */
  wallNow?(): number
  /** A handle with ref() and unref() gets them called; others need not have them. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  /** After others had their turn. @default setTimeout(callback, 0) */
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
