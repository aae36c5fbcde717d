import type { TimeStats } from "./database-manager.ts"

/** Counts and times one kind of work. */
export class Meter {
  #count = 0
  #errors = 0
  #totalMs = 0
  #maxMs = 0

  add(ms: number, failed: boolean): void {
    this.#count += 1
    if (failed) this.#errors += 1
    this.#totalMs += ms
    this.#maxMs = Math.max(this.#maxMs, ms)
  }

  stats(): TimeStats {
    return { count: this.#count, errors: this.#errors, totalMs: this.#totalMs, maxMs: this.#maxMs }
  }
}

/** The fraction of failures, from 0 to 1; 0 without any work. */
export function errorRate(...stats: readonly TimeStats[]): number {
  const count = stats.reduce((sum, each) => sum + each.count, 0)
  return count === 0 ? 0 : stats.reduce((sum, each) => sum + each.errors, 0) / count
}
