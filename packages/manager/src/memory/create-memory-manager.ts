import { LONGEST_TIMER_MS, milliseconds, PgsdError, refuseUnknownOptions } from "@pgsd/driver"
import { publish } from "../diagnostics.ts"
import { readMemory, usageOf } from "./memory-figures.ts"
import type { MemoryCleanup, MemoryFigures, MemoryManager, MemoryManagerOptions, MemoryUsage, PressureListener } from "./memory-manager.ts"

const DEFAULTS = { maxMemoryMb: Number.POSITIVE_INFINITY, pressureAt: 0.9, checkIntervalMs: Number.POSITIVE_INFINITY } as const
const OPTIONS = ["maxMemoryMb", "pressureAt", "checkIntervalMs", "read"] as const satisfies readonly (keyof MemoryManagerOptions)[]

/** @throws PgsdError PGSD_INVALID_OPTION */
export function createMemoryManager(options: MemoryManagerOptions = {}): MemoryManager {
  refuseUnknownOptions("option of a memory manager", options, OPTIONS)
  return new Memory(options)
}

class Memory implements MemoryManager {
  readonly #maxMemoryMb: number
  readonly #pressureAt: number
  readonly #read: () => MemoryFigures
  readonly #listeners = new Set<PressureListener>()
  readonly #timer: NodeJS.Timeout | undefined
  #cleaning: Promise<MemoryCleanup> | undefined

  constructor(options: MemoryManagerOptions) {
    this.#maxMemoryMb = above0("maxMemoryMb", options.maxMemoryMb ?? DEFAULTS.maxMemoryMb, Number.POSITIVE_INFINITY)
    this.#pressureAt = above0("pressureAt", options.pressureAt ?? DEFAULTS.pressureAt, 1)
    this.#read = options.read ?? readMemory
    const intervalMs = milliseconds("checkIntervalMs", options.checkIntervalMs ?? DEFAULTS.checkIntervalMs)
    // A reading may fail, e.g. for lack of a file descriptor; the next one follows soon. No check if the interval exceeds the maximum timer
    // delay.
    if (intervalMs <= LONGEST_TIMER_MS) this.#timer = setInterval(() => void this.cleanupIfNeeded().catch(() => {}), intervalMs).unref()
  }

  checkMemoryUsage(): MemoryUsage {
    return usageOf(this.#read(), this.#maxMemoryMb, this.#pressureAt)
  }

  cleanupIfNeeded(): Promise<MemoryCleanup> {
    this.#cleaning ??= this.#cleanup().finally(() => {
      this.#cleaning = undefined
    })
    return this.#cleaning
  }

  async #cleanup(): Promise<MemoryCleanup> {
    const before = this.checkMemoryUsage()
    if (before.ok) return { cleaned: false, before, after: before, errors: [] }
    publish("pgsd:manager:memory-pressure", () => ({ usage: before }))
    const outcomes = await Promise.allSettled([...this.#listeners].map(async (listener) => listener(before)))
    const errors = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
    return { cleaned: true, before, after: this.checkMemoryUsage(), errors }
  }

  onPressure(listener: PressureListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#listeners.clear()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function above0(name: string, value: number, most: number): number {
  if (typeof value === "number" && value > 0 && value <= most) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a number greater than 0${most === 1 ? " and at most 1" : ""}`)
}
