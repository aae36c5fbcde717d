/** A pool over stub connections, so that the pool alone is measured. `L` is what it lends. */
export interface LendingPool<L = unknown> {
  acquire(): Promise<L>
  release(lease: L): void
  /** Connections opened so far. */
  readonly opened: number
}

export interface LendingOptions {
  readonly max: number
  /** How long a connection takes to open, in ms. */
  readonly connectMs: number
  /** How long a caller may wait, in ms. @default the pool's own */
  readonly acquireTimeoutMs?: number | undefined
  readonly settings: Settings
}

/** `best`: what the pool's documentation recommends; `defaults`: nothing but the size. */
export type Settings = "defaults" | "best"

/** Counts connections and delays their opening. */
export class Opener {
  opened = 0
  readonly #connectMs: number

  constructor(connectMs: number) {
    this.#connectMs = connectMs
  }

  open(): Promise<void> {
    this.opened++
    return this.#connectMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, this.#connectMs))
  }
}
