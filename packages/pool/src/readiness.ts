import { onAbort, timerDelay } from "@pgsd/driver"
import type { PoolCore } from "./core/pool-core.ts"
import type { PoolLease } from "./lease.ts"
import type { PooledConnection } from "./pooled-connection.ts"

/** Waits for `min` to be filled. */
export class Readiness {
  readonly #core: PoolCore<PooledConnection, PoolLease>
  #waiting = new Set<() => void>()

  constructor(core: PoolCore<PooledConnection, PoolLease>) {
    this.#core = core
  }

  /** A connection joined, an attempt failed, or the pool was closed. */
  changed(): void {
    for (const look of this.#waiting) look()
  }

  /** @throws the connect error as soon as an attempt fails, `timeoutError`, or `signal.reason` */
  async filled(signal: AbortSignal | undefined, timeoutMs: number, timeoutError: () => unknown): Promise<void> {
    const { clock } = this.#core.settings
    let look: () => void = () => {}
    let unlisten: () => void = () => {}
    let timer: unknown
    try {
      await new Promise<void>((resolve, reject) => {
        look = () => {
          if (this.#core.failures > 0) reject(this.#core.lastError)
          else if (this.#core.live >= this.#core.min || this.#core.state !== "open") resolve()
        }
        if (timeoutMs !== Number.POSITIVE_INFINITY) timer = clock.setTimeout(() => reject(timeoutError()), timerDelay(timeoutMs))
        this.#waiting.add(look)
        if (signal?.aborted) reject(signal.reason)
        else if (signal !== undefined) unlisten = onAbort(signal, () => reject(signal.reason))
        // After closeIdle(), missing connections have not been opened yet.
        this.#core.pump()
        look()
      })
    } finally {
      clock.clearTimeout(timer)
      this.#waiting.delete(look)
      unlisten()
    }
  }
}
