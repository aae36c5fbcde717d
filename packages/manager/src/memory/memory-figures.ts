import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
import type { MemoryBound, MemoryFigures, MemoryUsage } from "./memory-manager.ts"

const MIB = 1024 * 1024

/** Memory figures of the process, V8 and the kernel. */
export function readMemory(): MemoryFigures {
  const old = getHeapSpaceStatistics().filter((space) => !space.space_name.startsWith("new_"))
  return {
    resident: process.memoryUsage.rss(),
    // Only the old generation: when it is full, V8 ends the process even if the young generation is empty.
    heapUsed: old.reduce((sum, space) => sum + space.space_used_size, 0),
    heapLimit: getHeapStatistics().heap_size_limit - youngGeneration(process.execArgv),
    containerLimit: containerLimit(process.constrainedMemory()),
  }
}

const SEMI_SPACE = /^--max[-_]semi[-_]space[-_]size=(\d+)$/

// Three semi-spaces of 16 MiB by default: heap_size_limit includes them, but long-lived objects cannot use them.
// V8 does not report their maximum size.
function youngGeneration(nodeOptions: readonly string[]): number {
  const given = nodeOptions.map((each) => Number(SEMI_SPACE.exec(each)?.[1] ?? 0)).findLast((each) => each > 0)
  return 3 * (given ?? 16) * MIB
}

// Without a limit, libuv returns 0 or the kernel's value for "none", which exceeds any machine's memory.
function containerLimit(bytes: number | undefined): number | undefined {
  return bytes !== undefined && bytes > 0 && bytes < 2 ** 53 ? bytes : undefined
}

/** Compares the figures with their limits. */
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
