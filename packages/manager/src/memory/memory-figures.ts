import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
import type { MemoryBound, MemoryFigures, MemoryUsage } from "./memory-manager.ts"

const MIB = 1024 * 1024

/** What the process, V8 and the kernel say. */
export function readMemory(): MemoryFigures {
  const old = getHeapSpaceStatistics().filter((space) => !space.space_name.startsWith("new_"))
  return {
    resident: process.memoryUsage.rss(),
    // The old generation alone: when that is full V8 ends the process, however empty the young one is.
    heapUsed: old.reduce((sum, space) => sum + space.space_used_size, 0),
    heapLimit: getHeapStatistics().heap_size_limit - youngGeneration(process.execArgv),
    containerLimit: containerLimit(process.constrainedMemory()),
  }
}

const SEMI_SPACE = /^--max[-_]semi[-_]space[-_]size=(\d+)$/

// Three semi-spaces of 16 MiB by default: heap_size_limit counts them, and long-lived objects cannot use them.
// V8 itself does not say how large they may become.
function youngGeneration(nodeOptions: readonly string[]): number {
  const given = nodeOptions.map((each) => Number(SEMI_SPACE.exec(each)?.[1] ?? 0)).findLast((each) => each > 0)
  return 3 * (given ?? 16) * MIB
}

// Without a limit libuv says 0, or what the kernel prints for "none", which is more than any machine has.
function containerLimit(bytes: number | undefined): number | undefined {
  return bytes !== undefined && bytes > 0 && bytes < 2 ** 53 ? bytes : undefined
}

/** The figures against their limits. */
export function usageOf(figures: MemoryFigures, maxMemoryMb: number, pressureAt: number): MemoryUsage {
  const { resident, heapUsed, heapLimit, containerLimit: container = Number.POSITIVE_INFINITY } = figures
  const bounds = {
    process: bound(resident, maxMemoryMb * MIB),
    heap: bound(heapUsed, heapLimit),
    container: bound(resident, container),
  }
  const [limitedBy, nearest] = (Object.entries(bounds) as [MemoryBound, MemoryUsage["bounds"][MemoryBound]][]).reduce((near, each) =>
    each[1].share > near[1].share ? each : near,
  )
  return { ok: nearest.share < pressureAt, limitedBy, ...nearest, bounds }
}

function bound(used: number, limit: number) {
  return { usedMb: used / MIB, limitMb: limit / MIB, share: used / limit }
}
