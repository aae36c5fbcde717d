import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { createMemoryManager, type MemoryFigures } from "@pgsd/manager"
import { describe, expect, test } from "vitest"
import { child } from "./support/child.ts"
import { collectGarbage } from "./support/heap.ts"
import { twoFakes } from "./support/two-fakes.ts"

const MIB = 1024 * 1024
const residentMb = () => process.memoryUsage.rss() / MIB

describe("memory limits, real", () => {
  test("exceeding the limit is reported; cleaning up closes idle connections of every database and frees memory", async () => {
    collectGarbage()
    const memory = createMemoryManager({ maxMemoryMb: residentMb() + 150, pressureAt: 1 })
    const { source, target, manager } = twoFakes({ memory }, { min: 2 })
    await manager.initialize()
    expect(memory.checkMemoryUsage()).toMatchObject({ ok: true })
    expect(await memory.cleanupIfNeeded()).toMatchObject({ cleaned: false })
    expect(source.counts.open).toBe(2)

    let ballast: Buffer[] | undefined = Array.from({ length: 30 }, () => Buffer.alloc(10 * MIB, 1))
    memory.onPressure(() => {
      ballast = undefined
      collectGarbage()
    })
    const usage = memory.checkMemoryUsage()
    expect(usage).toMatchObject({ ok: false, limitedBy: "process" })
    expect(usage.usedMb).toBeGreaterThan(usage.limitMb)
    expect(ballast).toHaveLength(30)

    const before = [source.counts.closed, target.counts.closed]
    const { cleaned, after, errors } = await memory.cleanupIfNeeded()
    expect(cleaned).toBe(true)
    expect(errors).toEqual([])
    expect([source.counts.closed, target.counts.closed]).toEqual(before.map((count) => count + 2))
    await expect.poll(() => memory.checkMemoryUsage().ok, { timeout: 5_000 }).toBe(true)
    expect(usage.usedMb - Math.min(after.usedMb, residentMb())).toBeGreaterThan(100)
    await manager.closeAll()
  })

  test("V8's own limit is detected before V8 aborts", async () => {
    const grower = child("grow-heap.ts", [], ["--max-old-space-size=96"])
    expect(await grower.ended, grower.output()).toEqual({ code: 0, signal: null })
    const said = JSON.parse(grower.output())
    expect(said).toMatchObject({ limitedBy: "heap", ok: false, reports: 1 })
    expect(said.share).toBeGreaterThanOrEqual(0.9)
    expect(said.limitMb).toBe(96)
  })

  test.each(["1", "16", "64"])("V8's limit excludes the young generation, whose semi-spaces have %s MiB", async (semiSpace) => {
    const still = child("grow-heap.ts", ["0"], ["--max-old-space-size=200", `--max-semi-space-size=${semiSpace}`])
    expect(await still.ended, still.output()).toEqual({ code: 0, signal: null })
    expect(JSON.parse(still.output())).toMatchObject({ heapLimitMb: 200 })
  })
})

describe("memory limits, scripted", () => {
  const figures = (changes: Partial<MemoryFigures> = {}): MemoryFigures => ({
    resident: 100 * MIB,
    heapUsed: 10 * MIB,
    heapLimit: 1_000 * MIB,
    ...changes,
  })

  test("without a configured limit uses the heap's and the container's", () => {
    expect(createMemoryManager({ read: () => figures() }).checkMemoryUsage()).toMatchObject({ ok: true, limitedBy: "heap", limitMb: 1_000 })
    const contained = createMemoryManager({ read: () => figures({ containerLimit: 105 * MIB }) }).checkMemoryUsage()
    expect(contained).toMatchObject({ ok: false, limitedBy: "container", usedMb: 100, limitMb: 105 })
    expect(createMemoryManager({ maxMemoryMb: 50, read: () => figures() }).checkMemoryUsage()).toMatchObject({
      limitedBy: "process",
      share: 2,
    })
  })

  test("reads the container's limit from the kernel", () => {
    const { bounds } = createMemoryManager().checkMemoryUsage()
    const kernel = process.constrainedMemory() ?? 0
    const limited = kernel > 0 && kernel < 2 ** 53
    expect(bounds.container.limitMb).toBe(limited ? kernel / MIB : Number.POSITIVE_INFINITY)
    expect(bounds.process.usedMb).toBeGreaterThan(10)
  })

  test("pressure is published, every listener is called and its failure kept", async () => {
    const published: unknown[] = []
    const listener = (event: unknown) => published.push(event)
    subscribe("pgsd:manager:memory-pressure", listener)
    try {
      const memory = createMemoryManager({ maxMemoryMb: 1, read: () => figures() })
      const failure = new Error("no")
      let called = 0
      memory.onPressure(() => {
        throw failure
      })
      const stop = memory.onPressure(async () => {
        called += 1
      })
      const [first, second] = await Promise.all([memory.cleanupIfNeeded(), memory.cleanupIfNeeded()])
      expect(first).toBe(second)
      expect(first).toMatchObject({ cleaned: true, errors: [failure] })
      stop()
      await memory.cleanupIfNeeded()
      expect(called).toBe(1)
      expect(published).toHaveLength(2)
      expect(published[0]).toMatchObject({ usage: { ok: false, limitedBy: "process" } })
    } finally {
      unsubscribe("pgsd:manager:memory-pressure", listener)
    }
  })

  test("checks periodically until it is closed", async () => {
    let reads = 0
    using memory = createMemoryManager({
      checkIntervalMs: 5,
      read: () => {
        reads += 1
        return figures()
      },
    })
    await expect.poll(() => reads).toBeGreaterThan(2)
    memory.close()
    const then = reads
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(reads).toBe(then)
  })

  test("a failed reading rejects for the caller, and the checks continue", async () => {
    let reads = 0
    const failure = new Error("too many open files")
    using memory = createMemoryManager({
      checkIntervalMs: 5,
      read: () => {
        reads += 1
        throw failure
      },
    })
    // An unhandled rejection would fail this file.
    await expect.poll(() => reads).toBeGreaterThan(2)
    await expect(memory.cleanupIfNeeded()).rejects.toBe(failure)
  })

  test("a closed manager unsubscribes", async () => {
    const memory = createMemoryManager({ maxMemoryMb: 1, read: () => figures() })
    const { source, manager } = twoFakes({ memory })
    await manager.initialize()
    await manager.closeAll()
    expect(await memory.cleanupIfNeeded()).toMatchObject({ cleaned: true, errors: [] })
    expect(source.leaks()).toEqual([])
  })

  test.each([{ maxMemoryMb: 0 }, { maxMemoryMb: "512" }, { pressureAt: 2 }, { checkIntervalMs: -1 }, { maxMemoryMB: 5 }])(
    "%j is refused",
    (options) => {
      expect(() => createMemoryManager(options as object)).toThrow(expect.objectContaining({ code: "PGSD_INVALID_OPTION" }))
    },
  )
})
