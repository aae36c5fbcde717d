/** Watches the memory of this process against three limits: the one given, V8's heap, and the container's. */
export interface MemoryManager extends Disposable {
  /** A look at the figures; nothing is done. `ok` is the original design's boolean. */
  checkMemoryUsage(): MemoryUsage
  /**
   * When memory is short: tells every listener, waits for them (a manager closes its idle connections), and looks again. A call beside
   * another one waits for it. What a listener throws is in `errors`.
   *
   * @throws what `read` throws; the periodic check passes over it and reads again in time
   */
  cleanupIfNeeded(): Promise<MemoryCleanup>
  /** Called under pressure; what it returns is awaited. @returns how to stop listening */
  onPressure(listener: PressureListener): () => void
  /** Ends the periodic check and forgets the listeners. */
  close(): void
}

export type PressureListener = (usage: MemoryUsage) => unknown

export interface MemoryManagerOptions {
  /** How much memory the process may hold (its resident set), in MiB. @default Infinity */
  readonly maxMemoryMb?: number | undefined
  /** The part of a limit from which memory counts as short, from 0 to 1. @default 0.9 */
  readonly pressureAt?: number | undefined
  /** Interval of automatic cleanupIfNeeded(), in ms; the timer does not keep the process alive. @default Infinity */
  readonly checkIntervalMs?: number | undefined
  /** Where the figures come from. @default the process and V8 */
  readonly read?: (() => MemoryFigures) | undefined
}

/** In bytes. */
export interface MemoryFigures {
  /** What the process holds. */
  readonly resident: number
  /** By objects of V8's old generation. */
  readonly heapUsed: number
  /** `--max-old-space-size` */
  readonly heapLimit: number
  /** The limit of the container or control group; undefined without one. */
  readonly containerLimit?: number | undefined
}

export interface MemoryUsage {
  /** No limit is near. */
  readonly ok: boolean
  /** The limit that is nearest, and how near: 1 is reached. */
  readonly limitedBy: MemoryBound
  readonly share: number
  readonly usedMb: number
  readonly limitMb: number
  readonly bounds: Readonly<Record<MemoryBound, { readonly usedMb: number; readonly limitMb: number; readonly share: number }>>
}

/** `process`: the resident set against `maxMemoryMb` · `heap`: V8's heap against its limit · `container`: the resident set against the container's. */
export type MemoryBound = "process" | "heap" | "container"

export interface MemoryCleanup {
  /** Memory was short and the listeners were called. */
  readonly cleaned: boolean
  readonly before: MemoryUsage
  readonly after: MemoryUsage
  /** What listeners threw. */
  readonly errors: readonly unknown[]
}
