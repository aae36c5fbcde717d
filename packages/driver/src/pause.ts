import { abortable } from "./abortable.ts"
import { type Clock, timerDelay } from "./clock.ts"

/**
 * Resolves after `ms`; the timer keeps the process alive, because a caller awaits it. @throws `signal.reason` if the signal fires first
 */
export async function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  let timer: unknown
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, timerDelay(ms))
  })
  try {
    await abortable(over, signal)
  } finally {
    clock.clearTimeout(timer)
  }
}
