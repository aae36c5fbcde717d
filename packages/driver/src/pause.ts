import { abortable } from "./abortable.ts"
import { type Clock, timerDelay } from "./clock.ts"

/** Resolves after `ms`, whose timer keeps the process alive: a caller awaits it. @throws `signal.reason` when the signal fires before */
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
