import { manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { PoolCore } from "../../src/core/pool-core.ts"
import type { ResourcePort } from "../../src/core/resource-port.ts"
import type { Slot } from "../../src/core/slot.ts"
import { turn } from "../support/pool-kit.ts"

interface Thing {
  lost: (error: unknown) => void
  destroyed: number
}

/** The core over plain objects: it knows neither SQL nor drivers. */
function coreOfThings() {
  const things: Thing[] = []
  const port: ResourcePort<Thing, Slot<Thing>> = {
    open: async () => {
      const thing: Thing = { lost: () => {}, destroyed: 0 }
      things.push(thing)
      return thing
    },
    watch(thing, lost) {
      thing.lost = lost
    },
    check: async () => {},
    reset: () => undefined,
    close: async () => {},
    destroy(thing) {
      thing.destroyed++
    },
    rest: () => {},
    lease: (slot) => slot,
    isPermanent: () => false,
    isStaleCredential: () => false,
    errors: {
      acquireTimeout: () => "acquire timeout",
      queueFull: () => "queue full",
      closed: () => "closed",
      connectTimeout: () => "connect timeout",
      checkTimeout: () => "check timeout",
      resetTimeout: () => "reset timeout",
    },
    events: { opened: () => {}, openFailed: () => {}, lost: () => {}, unfit: () => {}, ended: () => {} },
  }
  const core = new PoolCore(port, {
    max: 2,
    min: 0,
    connectTimeoutMs: 100,
    connectConcurrency: 2,
    validateAfterMs: 1_000,
    validateTimeoutMs: 100,
    healthCheckIntervalMs: 10_000,
    idleTimeoutMs: 10_000,
    maxLifetimeMs: 100_000,
    maxLifetimeJitter: 0,
    maxWaiting: 10,
    resetTimeoutMs: 100,
    closeTimeoutMs: 100,
    clock: manualClock(1_000),
    random: () => 0.5,
  })
  return { core, things }
}

test("the core pools whatever its port opens", async () => {
  const { core, things } = coreOfThings()
  const slot = await core.wait(1_000, undefined, undefined)
  expect(slot.resource).toBe(things[0])
  core.release(slot)
  expect(core.take()).toBe(slot)
  core.release(slot)
  core.evict()
  await turn()
  expect([core.total, things[0]!.destroyed]).toEqual([0, 1])
})

test("an object that is not lent cannot be released: neither twice, nor after its loss", async () => {
  const { core, things } = coreOfThings()
  const slot = await core.wait(1_000, undefined, undefined)
  core.release(slot)
  core.release(slot)
  expect([core.take(), core.take()]).toEqual([slot, undefined])
  things[0]!.lost("gone")
  core.release(slot)
  expect([core.take(), core.total, core.counters().closedBy.lost]).toEqual([undefined, 0, 1])
})

test("suspend() and resume() can be repeated, and reopen no closed pool", async () => {
  const { core } = coreOfThings()
  for (let round = 0; round < 2; round++) {
    core.suspend()
    const waiting = core.wait(1_000, undefined, undefined)
    await turn()
    expect([core.waiting, core.total]).toEqual([1, round])
    core.resume()
    core.release(await waiting)
  }
  await core.close(100)
  core.suspend()
  core.resume()
  await expect(core.wait(1_000, undefined, undefined)).rejects.toBe("closed")
})

test("what is not lent is not retired, and nobody who waits for something else is refused", async () => {
  const { core, things } = coreOfThings()
  core.refuseNewest(
    () => true,
    () => "refused",
  )
  const slot = await core.wait(1_000, undefined, undefined)
  core.release(slot)
  await core.retire(slot)
  expect([core.total, core.counters().closedBy.error]).toEqual([1, 0])
  core.suspend()
  const waiting = core.wait(1_000, undefined, "one")
  core.refuseNewest(
    (context) => context === "another",
    () => "refused",
  )
  core.resume()
  expect((await waiting).resource).toBe(things[0])
})
