import { fakeDriver, manualClock, type Random, seededRandom } from "@pgsd/testing"
import { expect, test } from "vitest"
import { createConnectionPool, type Listening } from "../../src/index.ts"

const RUNS = process.env.PGSD_TEST_FULL === undefined ? 60 : 3_000
const FIRST = Number(process.env.PGSD_SEED ?? Math.floor(Math.random() * 2 ** 31))
const CHANNELS = ["a", "b", "c", "d"]

/** One listen() and its outcome. */
interface Listener {
  readonly channels: readonly string[]
  readonly received: string[]
  readonly abort: AbortController
  listening: Listening | undefined
  over: boolean
}

function pick(random: Random): readonly string[] {
  const some = CHANNELS.filter(() => random.below(2) === 0)
  return some.length === 0 ? ["a"] : some
}

test(`${RUNS} random lives of listeners, sessions and servers (first seed ${FIRST}): once stable, each listener gets each message once`, {
  timeout: 300_000,
}, async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++)
    await life(seededRandom(seed)).catch((error: Error) => {
      error.message += ` (PGSD_SEED=${seed})`
      throw error
    })
})

async function life(random: Random): Promise<void> {
  const clock = manualClock()
  const single = random.below(4) === 0
  const driver = fakeDriver({ clock, supports: { concurrency: single ? "one" : "many" } })
  const pool = createConnectionPool({ driver, clock, random: random.next, label: "life", validateTimeoutMs: 300, connectTimeoutMs: 500 })
  // listen() loads its code on first use, which does not depend on this clock.
  await (await pool.listen("loaded", () => {})).close()
  const listeners: Listener[] = []
  const listen = () => {
    const listener: Listener = { channels: pick(random), received: [], abort: new AbortController(), listening: undefined, over: false }
    listeners.push(listener)
    const options = { signal: listener.abort.signal, acquireTimeoutMs: 20 + random.below(3_000), heartbeatMs: 200 + random.below(2_000) }
    pool
      .listen(listener.channels, ({ channel, payload }) => void listener.received.push(`${channel} ${payload}`), options)
      .then(
        (listening) => {
          listener.listening = listening
          if (listener.over) void listening.close()
        },
        () => {
          listener.over = true
        },
      )
  }
  const steps: readonly (() => void)[] = [
    listen,
    listen,
    () => {
      const listener = listeners[random.below(listeners.length + 1)]
      if (listener === undefined) return
      listener.over = true
      if (random.below(2) === 0) listener.abort.abort(new Error("over"))
      else void listener.listening?.close()
    },
    () => driver.killAll(),
    () => driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 + random.below(4) }),
    () => driver.failConnects({ sqlState: "28000", message: "no" }, { times: 1 + random.below(2) }),
    () => driver.delayConnects(random.below(3) === 0 ? Number.POSITIVE_INFINITY : random.below(400)),
    () => driver.allowConnects(),
    () => driver.answer(/LISTEN/, { error: { sqlState: "53200", message: "out of memory" } }, { times: 1 }),
    () => driver.answer(/LISTEN|^$/, { delayMs: random.below(2) === 0 ? Number.POSITIVE_INFINITY : 100 }, { times: 1 }),
    () => void pool.notify(CHANNELS[random.below(4)]!, "noise").catch(() => {}),
    () => pool.evict(),
  ]
  for (let step = 0; step < 40; step++) {
    steps[random.below(steps.length)]!()
    if (random.below(3) > 0) await clock.advance(random.below(500))
  }
  // Unused scripted answers would be faults of the stable phase.
  driver.answer(() => true, {})
  driver.allowConnects()
  await clock.advance(10_000)

  const live = listeners.filter(({ over, listening }) => !over && listening !== undefined)
  expect(
    listeners.every(({ over, listening }) => over || listening !== undefined),
    "every listen() has settled",
  ).toBe(true)
  for (const { listening } of live) expect(listening!.active, "LISTEN is in force").toBe(true)
  if (!single) expect(pool.stats().listening).toBe(live.length > 0 ? 1 : 0)
  for (const listener of listeners) listener.received.length = 0
  for (const channel of CHANNELS) driver.notify(channel, "probe")
  for (const { channels, received, over } of listeners)
    expect([...received].sort(), over ? "one that is over" : channels.join()).toEqual(
      over ? [] : channels.map((channel) => `${channel} probe`),
    )

  for (const { listening } of live) void listening!.close()
  await clock.advance(5_000)
  expect(pool.stats().listening).toBe(0)
  if (!single) expect(driver.connections.filter((each) => each.status !== "idle")).toEqual([])
  const closed = pool.close()
  await clock.advance(10_000)
  await closed
  expect(driver.leaks()).toEqual([])
  expect(clock.pending, "timers").toBe(0)
}
