/** The timers of a fake: a ManualClock, or the system's. */
export interface FakeClock {
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

export const systemClock: FakeClock = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/** Resolves after `ms` (never, for Infinity), or at once when `stop` aborts; leaves no timer or listener. */
export function pause(ms: number, clock: FakeClock, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = Number.isFinite(ms) ? clock.setTimeout(end, ms) : undefined
    stop.addEventListener("abort", end, { once: true })
    if (stop.aborted) end()
    function end(): void {
      clock.clearTimeout(timer)
      stop.removeEventListener("abort", end)
      resolve()
    }
  })
}
