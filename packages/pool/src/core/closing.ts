import { timerDelay } from "@pgsd/driver"
import type { PoolCore } from "./pool-core.ts"

/** Serves those that wait until the deadline, then sends everybody away and ends everything. Always resolves. */
export function closeCore<T, L>(core: PoolCore<T, L>, timeoutMs: number, closedError: () => unknown): Promise<void> {
  return new Promise((resolve) => {
    const { clock } = core.settings
    const timer = clock.setTimeout(() => {
      core.callers.refuseAll(closedError())
      core.attempts.abandonAll(closedError())
      for (const slot of core.ledger.slots) core.endings.destroy(slot, "close")
      core.pump()
    }, timerDelay(timeoutMs))
    core.onDrained = () => {
      clock.clearTimeout(timer)
      resolve()
    }
    core.state = "closing"
    core.pump()
  })
}
