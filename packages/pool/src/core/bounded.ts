import type { Clock, TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { Slot } from "./slot.ts"

/** `"gone"`: the slot was closed for another reason before its operation finished. */
type Outcome = "done" | "failed" | "gone"

/** Waits for a slot's check, reset or graceful close, at most `ms`; `settled` is called exactly once. */
export function bounded<T>(
  clock: Clock,
  slot: Slot<T>,
  work: Promise<unknown>,
  ms: number,
  timeout: () => unknown,
  settled: (outcome: Outcome, error?: unknown) => void,
): void {
  let open = true
  const settle = (outcome: Outcome, error?: unknown) => {
    if (!open) return
    open = false
    slot.giveUp = undefined
    clock.clearTimeout(timer)
    settled(outcome, error)
  }
  const timer = clock.setTimeout(() => settle("failed", timeout()), timerDelay(ms))
  // The operation keeps the process alive, not the timer.
  ;(timer as TimerHandle).unref?.()
  slot.giveUp = () => settle("gone")
  work.then(
    () => settle("done"),
    (error: unknown) => settle("failed", error),
  )
}
