/** A pool over connections that are made of nothing, so that the pool alone is measured. `L` is what it lends. */
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
  /** How long a caller may wait, in ms; what the pool does by default when left out. */
  readonly acquireTimeoutMs?: number | undefined
  readonly settings: Settings
}

/** What its documentation calls good settings, or nothing but the size. */
export type Settings = "defaults" | "best"

/** Counts, and takes its time. */
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
