import { fakeDriver, manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { createConnectionPool } from "../src/index.ts"

// Alone in its file: what the first connection of a process loads is loaded here.
test("a manual clock waits for the code that the first connection loads", async () => {
  const clock = manualClock()
  const pool = createConnectionPool({ driver: fakeDriver({ clock }), clock })
  const acquired = pool.acquire()
  await clock.advance(60_000)
  const lease = await acquired
  expect((await lease.query("SELECT 1")).rows).toEqual([])
  lease.release()
  await pool.close()
})
