import { manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { Deadlines } from "../../src/core/deadlines.ts"
import { IdleList } from "../../src/core/idle-list.ts"
import { Slot } from "../../src/core/slot.ts"
import { Waiter, WaitQueue } from "../../src/core/wait-queue.ts"

function slot(usedAt: number): Slot<string> {
  const made = new Slot<string>(0, false, 0)
  made.usedAt = usedAt
  return made
}

/** From the hot end and from the cold end: both directions must agree. */
function both(list: IdleList<string>): [number[], number[]] {
  const down: number[] = []
  for (let each = list.hottest; each !== undefined; each = each.colder) down.push(each.usedAt)
  return [down, [...list].map((each) => each.usedAt)]
}

test("the idle list is ordered by last use, and a slot can return to its old place", () => {
  const list = new IdleList<string>()
  const slots = [1, 2, 3, 4].map(slot)
  for (const each of slots) list.insert(each)
  expect(both(list)).toEqual([
    [4, 3, 2, 1],
    [1, 2, 3, 4],
  ])
  list.remove(slots[1]!)
  list.insert(slots[1]!)
  expect(both(list)).toEqual([
    [4, 3, 2, 1],
    [1, 2, 3, 4],
  ])
  list.remove(slots[0]!)
  list.insert(slots[0]!)
  expect(both(list)).toEqual([
    [4, 3, 2, 1],
    [1, 2, 3, 4],
  ])
})

test("slots leave the idle list from both ends and the middle, and keep no references to adjacent slots", () => {
  const list = new IdleList<string>()
  const slots = [1, 2, 3].map(slot)
  for (const each of slots) list.insert(each)
  list.remove(slots[1]!)
  expect(both(list)).toEqual([
    [3, 1],
    [1, 3],
  ])
  expect([slots[1]!.colder, slots[1]!.hotter]).toEqual([undefined, undefined])
  list.remove(slots[2]!)
  expect([list.hottest, list.coldest]).toEqual([slots[0], slots[0]])
  list.remove(slots[0]!)
  expect([list.hottest, list.coldest]).toEqual([undefined, undefined])
})

test("of equally old slots the one added last is hotter", () => {
  const list = new IdleList<string>()
  const [first, second] = [slot(5), slot(5)]
  list.insert(first)
  list.insert(second)
  expect(list.hottest).toBe(second)
})

test("the current slot may be removed while the idle list is iterated", () => {
  const list = new IdleList<string>()
  for (const each of [1, 2, 3].map(slot)) list.insert(each)
  const seen: number[] = []
  for (const each of list) {
    seen.push(each.usedAt)
    list.remove(each)
  }
  expect(seen).toEqual([1, 2, 3])
  expect(list.hottest).toBeUndefined()
})

function waiter(since = 0, timeoutMs = 100): Waiter<string> {
  return new Waiter<string>(since, timeoutMs, undefined, undefined)
}

function order(queue: WaitQueue<string>, all: readonly Waiter<string>[]): [number[], number[]] {
  const down: number[] = []
  const up: number[] = []
  for (let each = queue.first; each !== undefined; each = each.behind) down.push(all.indexOf(each))
  for (let each = queue.last; each !== undefined; each = each.ahead) up.push(all.indexOf(each))
  return [down, up.reverse()]
}

test("callers leave the queue from both ends and the middle", () => {
  const queue = new WaitQueue<string>()
  const all = [0, 1, 2, 3].map(() => waiter())
  for (const each of all) queue.push(each)
  expect([queue.size, order(queue, all)]).toEqual([
    4,
    [
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ],
  ])
  queue.remove(all[1]!)
  expect([queue.size, order(queue, all)]).toEqual([
    3,
    [
      [0, 2, 3],
      [0, 2, 3],
    ],
  ])
  expect([all[1]!.ahead, all[1]!.behind]).toEqual([undefined, undefined])
  queue.remove(all[0]!)
  queue.remove(all[3]!)
  expect(order(queue, all)).toEqual([[2], [2]])
  queue.remove(all[2]!)
  expect([queue.size, queue.first, queue.last]).toEqual([0, undefined, undefined])
})

test("deadlines expire in order, with one timer per timeout, and none without waiting callers", async () => {
  const clock = manualClock()
  const expired: number[] = []
  const all: Waiter<string>[] = []
  const deadlines = new Deadlines<string>(clock, (each) => {
    expired.push(all.indexOf(each))
    deadlines.remove(each)
  })
  const add = (timeoutMs: number) => {
    const made = waiter(clock.now(), timeoutMs)
    all.push(made)
    deadlines.add(made)
    return made
  }
  add(100)
  add(Number.POSITIVE_INFINITY)
  await clock.advance(50)
  const middle = add(100)
  add(30)
  await clock.advance(10)
  add(100)
  expect(clock.pending).toBe(2)
  deadlines.remove(middle)
  await clock.advance(30)
  expect(expired).toEqual([3])
  await clock.advance(20)
  expect(expired).toEqual([3, 0])
  await clock.advance(48)
  expect(expired).toEqual([3, 0])
  await clock.advance(5)
  expect([expired, clock.pending]).toEqual([[3, 0, 4], 0])
  deadlines.remove(add(100))
  deadlines.remove(all[1]!)
  expect(clock.pending).toBe(0)
})

test("a caller has its own deadline, not that of the first caller with the same timeout", async () => {
  const clock = manualClock()
  const expired: number[] = []
  const deadlines = new Deadlines<string>(clock, (each) => {
    expired.push(each.since)
    deadlines.remove(each)
  })
  for (const at of [0, 40, 90]) {
    await clock.advance(at - clock.now())
    deadlines.add(waiter(clock.now(), 100))
  }
  await clock.advance(12)
  expect(expired).toEqual([0])
  await clock.advance(40)
  expect(expired).toEqual([0, 40])
  await clock.advance(60)
  expect(expired).toEqual([0, 40, 90])
})

test("of many deadlines 250 expire at once; the others wait for a turn of the clock, where it has turns", async () => {
  const clock = manualClock()
  const turns: (() => void)[] = []
  let expired = 0
  const deadlines = new Deadlines<string>({ ...bare(clock), setImmediate: (callback) => void turns.push(callback) }, (each) => {
    expired++
    deadlines.remove(each)
  })
  for (let n = 0; n < 600; n++) deadlines.add(waiter(0, 100))
  await clock.advance(101)
  expect([expired, turns.length]).toEqual([250, 1])
  turns.shift()!()
  expect(expired).toBe(500)
  turns.shift()!()
  expect([expired, turns.length, clock.pending]).toEqual([600, 0, 0])
})

test("callers due in the same millisecond are rejected in the same turn, and a full turn leaves none behind", async () => {
  const clock = manualClock()
  let expired = 0
  const deadlines = new Deadlines<string>(clock, (each) => {
    expired++
    deadlines.remove(each)
  })
  deadlines.add(waiter(0, 100))
  for (let n = 0; n < 249; n++) deadlines.add(waiter(1, 100))
  deadlines.add(waiter(2, 100))
  await clock.advance(100)
  expect([expired, clock.pending]).toEqual([250, 1])
  await clock.advance(1)
  expect([expired, clock.pending]).toEqual([251, 0])
})

test("a deadline beyond Node's longest timer is kept", async () => {
  const clock = manualClock()
  let expired = 0
  const deadlines = new Deadlines<string>(clock, (each) => {
    expired++
    deadlines.remove(each)
  })
  deadlines.add(waiter(0, 2 ** 32))
  await clock.advance(2 ** 31)
  expect([expired, clock.pending]).toEqual([0, 1])
  await clock.advance(2 ** 31 + 5)
  expect(expired).toBe(1)
})

function bare(clock: ReturnType<typeof manualClock>) {
  return {
    now: () => clock.now(),
    setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  }
}
