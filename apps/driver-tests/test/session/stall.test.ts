import type { CopyChunks } from "@pgsd/driver"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver, type ManualClock, manualClock } from "@pgsd/testing"
import { expect, onTestFinished, test } from "vitest"

// The timeoutMs of a COPY is for a lack of progress, watched by one timer for any number of parts.

const STEP_MS = 80
const LIMIT = { timeoutMs: 100 }

/** A lease whose COPY FROM takes STEP_MS for each chunk, the chunk sizes, and the timers created meanwhile. */
async function slowLease() {
  const clock = manualClock()
  let timers = 0
  const counting = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimeout(callback: () => void, ms: number) {
      timers++
      return clock.setTimeout(callback, ms)
    },
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  }
  const sizes: number[] = []
  const open = async () => {
    const connection = await fakeDriver({ clock }).connect()
    connection.copyFrom = async (_: string, source: CopyChunks) => {
      for await (const chunk of source) {
        sizes.push(chunk.length)
        await clock.advance(STEP_MS)
      }
      return { rowCount: 1 }
    }
    return connection
  }
  const pool = createConnectionPool({ open, max: 1, clock: counting, healthCheckIntervalMs: Number.POSITIVE_INFINITY })
  const lease = await pool.acquire()
  onTestFinished(async () => {
    lease.destroy()
    await pool.close()
  })
  const before = timers
  return { clock, sizes, timers: () => timers - before, lease }
}

async function* rows(count: number, clock: ManualClock) {
  for (let n = 0; n < count; n++) {
    await clock.advance(STEP_MS)
    yield [n]
  }
}

test("many small rows that arrive slowly are no stall, though they are collected into one message", async () => {
  const { lease, clock, sizes } = await slowLease()
  await expect(lease.copyFrom("COPY t FROM STDIN", rows(1_000, clock), LIMIT)).resolves.toEqual({ rowCount: 1 })
  expect(sizes).toHaveLength(1)
})

test("100,000 rows at once need one timer", async () => {
  const { lease, timers } = await slowLease()
  const all = Array.from({ length: 100_000 }, () => [1])
  await lease.copyFrom("COPY t FROM STDIN", all, { timeoutMs: 3_600_000 })
  expect(timers()).toBe(1)
})

test.each([
  ["a string", "x".repeat(2_000_000)],
  ["a buffer", [Buffer.alloc(2_000_000)]],
])("%s of 2 MB sent slowly is no stall: it is sent in slices", async (_, source) => {
  const { lease, sizes } = await slowLease()
  await expect(lease.copyFrom("COPY t FROM STDIN", source, LIMIT)).resolves.toEqual({ rowCount: 1 })
  expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(2_000_000)
})

test("a source that yields nothing is a stall", async () => {
  const { lease, clock } = await slowLease()
  async function* silent() {
    yield [1]
    await new Promise(() => {})
  }
  const copied = lease.copyFrom("COPY t FROM STDIN", silent(), LIMIT)
  let settled = false
  copied.catch(() => {}).finally(() => (settled = true))
  await clock.advance(99)
  expect(settled).toBe(false)
  await clock.advance(1)
  await expect(copied).rejects.toMatchObject({
    code: "PGSD_QUERY_TIMEOUT",
    timeoutMs: 100,
    message: expect.stringContaining("COPY moved nothing for its timeoutMs of 100 ms"),
  })
})

test("a COPY leaves no timer behind, and without a limit it needs none", async () => {
  const { lease, clock, timers } = await slowLease()
  const before = clock.pending
  await lease.copyFrom("COPY t FROM STDIN", [[1]], LIMIT)
  expect([timers(), clock.pending - before]).toEqual([1, 0])
  await lease.copyFrom("COPY t FROM STDIN", [[1]])
  await lease.copyFrom("COPY t FROM STDIN", [[1]], { timeoutMs: Number.POSITIVE_INFINITY })
  expect([timers(), clock.pending - before]).toEqual([1, 0])
})
