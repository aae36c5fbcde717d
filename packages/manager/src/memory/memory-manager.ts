/** Monitors the memory of this process against three limits: `maxMemoryMb`, V8's heap limit, and the container's. */
export interface MemoryManager extends Disposable {
  /** Reads the figures only. `ok` is false when memory is low. */
  checkMemoryUsage(): MemoryUsage
  /**
   * When memory is low: calls every listener, waits for them (a manager closes its idle connections), and reads again. A concurrent call
   * waits for the first. Listeners' errors are in `errors`.
   *
   * @throws the errors of `read`; the periodic check ignores them and reads again at the next interval
   */
  cleanupIfNeeded(): Promise<MemoryCleanup>
  /** Called under pressure; a returned promise is awaited. @returns a function that removes the listener */
  onPressure(listener: PressureListener): () => void
  /** Stops the periodic check and removes the listeners. */
  close(): void
}

export type PressureListener = (usage: MemoryUsage) => unknown

export interface MemoryManagerOptions {
  /** Limit of the process's resident set, in MiB. @default Infinity */
  readonly maxMemoryMb?: number | undefined
  /** The fraction of a limit above which memory counts as low, from 0 to 1. @default 0.9 */
  readonly pressureAt?: number | undefined
  /** Interval of automatic cleanupIfNeeded(), in ms; the timer does not keep the process alive. @default Infinity */
  readonly checkIntervalMs?: number | undefined
  /** The source of the figures. @default the process and V8 */
  readonly read?: (() => MemoryFigures) | undefined
}

/** In bytes. */
export interface MemoryFigures {
  /** The resident set. */
  readonly resident: number
  /** Objects in V8's old generation. */
  readonly heapUsed: number
  /** `--max-old-space-size` */
  readonly heapLimit: number
  /** The limit of the container or control group; undefined without one. */
  readonly containerLimit?: number | undefined
}

export interface MemoryUsage {
  /** No limit is near. */
  readonly ok: boolean
  /** The limit with the highest usage, and the fraction in use: 1 is reached. */
  readonly limitedBy: MemoryBound
  readonly share: number
  readonly usedMb: number
  readonly limitMb: number
  readonly bounds: Readonly<Record<MemoryBound, { readonly usedMb: number; readonly limitMb: number; readonly share: number }>>
}

/**
 * `process`: the resident set against `maxMemoryMb` · `heap`: V8's heap against its limit · `container`: the resident set against the
 * container's limit.
 */
export type MemoryBound = "process" | "heap" | "container"

export interface MemoryCleanup {
  /** Memory was low and the listeners were called. */
  readonly cleaned: boolean
  readonly before: MemoryUsage
  readonly after: MemoryUsage
  /** Errors of listeners. */
  readonly errors: readonly unknown[]
}
