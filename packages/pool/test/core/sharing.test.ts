import { type ManualClock, manualClock } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import type { Parts } from "../../src/core/parts.ts"
import { Sharing } from "../../src/core/sharing.ts"

interface Work {
  readonly lease: string
  done(): void
  fail(): void
}

/** Two leases, lent one after the other, and a queue that nobody serves unless a test does. */
function scene({ depth = 3, leases = ["a", "b"] } = {}) {
  const clock: ManualClock = manualClock()
  const free = [...leases]
  const waiting: { readonly context: unknown; resolve(lease: string): void }[] = []
  const state = { mode: { state: "open", max: leases.length }, ledger: { total: leases.length }, idle: { hottest: undefined as unknown } }
  const callers = {
    get size() {
      return waiting.length
    },
    get first() {
      return waiting[0]
    },
    take: () => waiting.shift()!,
  }
  const released: string[] = []
  const sharing = new Sharing<unknown, string>({ ...state, callers, settings: { clock } } as unknown as Parts<unknown, string>, depth, {
    take: () => free.shift(),
    wait: () => new Promise((resolve) => waiting.push({ context: "shares", resolve })),
    mayShare: (context) => context === "shares",
    isOpen: () => true,
    release: (lease) => void released.push(lease),
  })
  const running: Work[] = []
  const run = (took?: (durationMs: number) => void) =>
    sharing
      .run(
        (lease) => new Promise<void>((resolve, reject) => running.push({ lease, done: resolve, fail: () => reject(new Error("failed")) })),
        1_000,
        took,
      )
      .catch(() => {})
  /** The leases that the last `count` calls run on; fewer where they wait. */
  const start = (count: number): string[] => {
    const before = running.length
    for (let i = 0; i < count; i++) void run()
    return running.slice(before).map(({ lease }) => lease)
  }
  return { ...state, clock, run, running, start, waiting, released, sharing, settled: () => clock.advance(0) }
}

describe("who joins a shared lease", () => {
  test("the one with the fewest callers is joined, and none beyond the depth", () => {
    const { idle, start, waiting } = scene()
    // As long as an idle connection is there, it is taken.
    idle.hottest = "b"
    expect(start(2)).toEqual(["a", "b"])
    idle.hottest = undefined
    expect(start(4)).toEqual(["a", "b", "a", "b"])
    expect(start(1)).toEqual([])
    expect(waiting.length).toBe(1)
  })

  test("nobody joins while the pool can grow, lends nothing, or others wait", () => {
    const growing = scene({ leases: ["a"] })
    growing.start(1)
    growing.ledger.total = 0
    expect(growing.start(1)).toEqual([])

    const suspended = scene({ leases: ["a"] })
    suspended.start(1)
    suspended.mode.state = "suspended"
    expect(suspended.start(1)).toEqual([])

    const queued = scene({ leases: ["a"] })
    queued.start(1)
    queued.waiting.push({ context: "alone", resolve: () => {} })
    expect(queued.start(1)).toEqual([])

    const idle = scene({ leases: ["a"] })
    idle.start(1)
    idle.idle.hottest = "b"
    expect(idle.start(1)).toEqual([])
  })

  test("a lease is shared for a second, and given back when the last caller is done", async () => {
    const { clock, start, running, released, settled } = scene({ leases: ["a"], depth: 9 })
    start(1)
    await clock.advance(999)
    expect(start(1)).toEqual(["a"])
    await clock.advance(1)
    expect(start(1)).toEqual([])
    running[0]!.done()
    await settled()
    expect(released).toEqual([])
    running[1]!.done()
    await settled()
    expect(released).toEqual(["a"])
  })

  test("a lease that was evicted is joined by nobody", () => {
    const { sharing, start } = scene({ leases: ["a"] })
    start(1)
    sharing.drain()
    expect(start(1)).toEqual([])
  })
})

describe("how long the work took", () => {
  test("is counted from the end of the work before it", async () => {
    const { clock, run, running } = scene({ leases: ["a"] })
    const took: number[] = []
    void run((ms) => took.push(ms))
    await clock.advance(5)
    void run((ms) => took.push(ms))
    await clock.advance(5)
    running[0]!.done()
    await clock.advance(2)
    running[1]!.done()
    await clock.advance(0)
    expect(took).toEqual([10, 2])
  })

  test("a failure is not a duration, and the next one is counted from its end", async () => {
    const { clock, run, running } = scene({ leases: ["a"] })
    const took: number[] = []
    void run((ms) => took.push(ms))
    void run((ms) => took.push(ms))
    await clock.advance(10)
    running[0]!.fail()
    await clock.advance(3)
    running[1]!.done()
    await clock.advance(0)
    expect(took).toEqual([3])
  })

  test("is counted from its start where nobody measured before", async () => {
    const { clock, run, running } = scene({ leases: ["a"], depth: 1 })
    const took: number[] = []
    void run()
    void run((ms) => took.push(ms))
    await clock.advance(10)
    running[0]!.done()
    await clock.advance(2)
    running[1]!.done()
    await clock.advance(0)
    expect(took).toEqual([2])
  })
})
