import { LONGEST_TIMER_MS } from "../clock.ts"
import type { ConnectOptions } from "../contract.ts"
import { onAbort } from "../on-abort.ts"

export interface RaceOptions<Address, T> {
  /** The head start of each attempt before the next one starts, in ms. */
  readonly delayMs: number
  readonly signal: AbortSignal | undefined
  /** Must call `options.onSocketConnect` when connected: from then on it is the only one. */
  readonly attempt: (address: Address, options: ConnectOptions) => Promise<T>
  /** An attempt failed before it connected: returns true if the others continue. */
  readonly isLost: (address: Address, error: unknown) => boolean
  /** An attempt that had not connected when a later one had. */
  readonly overtaken: (address: Address) => void
  /** Receives the result of an abandoned attempt. */
  readonly discard: (result: T) => void
}

export interface Winner<Address, T> {
  readonly address: Address
  /** Possibly in progress. */
  readonly result: Promise<T>
}

/**
 * RFC 8305, section 5: attempts start `delayMs` apart, or immediately after a failure; the first to connect continues and the others are
 * aborted. Undefined: all have failed.
 */
export function race<Address, T>(addresses: readonly Address[], options: RaceOptions<Address, T>): Promise<Winner<Address, T> | undefined> {
  return new Promise((resolve) => new Race(addresses, options, resolve).startNext())
}

class Race<Address, T> {
  readonly #waiting: Address[]
  readonly #options: RaceOptions<Address, T>
  readonly #resolve: (winner: Winner<Address, T> | undefined) => void
  /** In progress, in starting order. */
  readonly #running = new Map<AbortController, Address>()
  #winner: AbortController | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(addresses: readonly Address[], options: RaceOptions<Address, T>, resolve: (winner: Winner<Address, T> | undefined) => void) {
    this.#waiting = [...addresses]
    this.#options = options
    this.#resolve = resolve
  }

  startNext(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0) {
      if (this.#running.size === 0) this.#resolve(undefined)
      return
    }
    void this.#run(this.#waiting.shift()!)
    const { delayMs } = this.#options
    if (this.#waiting.length > 0 && delayMs <= LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.startNext(), delayMs)
  }

  async #run(address: Address): Promise<void> {
    const { signal, attempt, isLost, discard } = this.#options
    const controller = new AbortController()
    this.#running.set(controller, address)
    const follow = () => controller.abort(signal?.reason)
    if (signal?.aborted) follow()
    const unfollow = signal === undefined || signal.aborted ? () => {} : onAbort(signal, follow)
    const win = () => this.#win(controller, { address, result })
    // Started once `result` has a value, because an attempt may connect synchronously.
    const result = Promise.resolve().then(() => attempt(address, { signal: controller.signal, onSocketConnect: win }))
    try {
      const value = await result
      // A driver that does not report its socket is connected when it has finished.
      win()
      if (this.#winner !== controller) discard(value)
    } catch (error) {
      if (this.#winner !== undefined) return
      if (signal?.aborted || !isLost(address, error)) return win()
      this.#running.delete(controller)
      this.startNext()
    } finally {
      unfollow()
    }
  }

  #win(controller: AbortController, winner: Winner<Address, T>): void {
    if (this.#winner !== undefined) return
    this.#winner = controller
    clearTimeout(this.#timer)
    const running = [...this.#running]
    const own = running.findIndex(([each]) => each === controller)
    for (const [, address] of running.slice(0, own)) this.#options.overtaken(address)
    for (const [each] of running) if (each !== controller) each.abort(new Error("another address of this host connected first"))
    this.#resolve(winner)
  }
}
