import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { PgsdError } from "../src/errors.ts"
import { Scope } from "../src/session/scope.ts"

const reason = new Error("own")
const over = (text = "over") => new PgsdError("PGSD_TRANSACTION_ENDED", text)
const failed = (sqlState: string) => new PgsdError("PGSD_QUERY_FAILED", "failed", { sqlState })

const outermost = (readOnly = false, stopper?: AbortSignal) => new Scope(undefined, readOnly, stopper)
const inside = (outer: Scope) => new Scope(outer, false, undefined)

test("a savepoint is read only in a read-only transaction", () => {
  expect([outermost().readOnly, outermost(true).readOnly]).toEqual([false, true])
  expect([inside(outermost()).readOnly, inside(inside(outermost(true))).readOnly]).toEqual([false, true])
})

test("the outermost has depth 0", () => {
  const outer = outermost()
  expect([outer.depth, inside(outer).depth, inside(inside(outer)).depth]).toEqual([0, 1, 2])
})

test("a conflict is remembered by all outer scopes, the first one only; other errors are not", () => {
  const outer = outermost()
  const inner = inside(outer)
  inner.failed(failed("23505"))
  inner.failed(reason)
  expect([inner.conflict, outer.conflict]).toEqual([undefined, undefined])
  const first = failed("40001")
  inner.failed(first)
  inner.failed(failed("40P01"))
  expect([inner.conflict, outer.conflict]).toEqual([first, first])
  const other = outermost()
  inside(other)
  other.failed(failed("40P01"))
  expect(other.conflict).toMatchObject({ sqlState: "40P01" })
})

test("an outer one's stop, or its stopper's, reaches those inside, with its reason", () => {
  const controller = new AbortController()
  const outer = outermost(false, controller.signal)
  const inner = inside(outer)
  expect([inner.signal.aborted, outer.isDoomed, inner.isDoomed]).toEqual([false, false, false])
  controller.abort(reason)
  for (const each of [outer, inner, outermost(false, controller.signal), inside(outer)])
    expect([each.signal.reason, each.isDoomed]).toEqual([reason, true])
})

test("an inner one's stop does not reach the outer one; a second stop changes nothing", () => {
  const outer = outermost()
  const inner = inside(outer)
  inner.stop(reason)
  inner.stop(new Error("later"))
  expect([outer.isDoomed, outer.signal.aborted, inner.isDoomed, inner.signal.reason]).toEqual([false, false, true, reason])
})

test("doom rejects those waiting, and dooms those inside; nothing is cancelled", () => {
  const outer = outermost()
  const inner = inside(outer)
  const reasons: unknown[] = []
  outer.add({ done: Promise.resolve(), reject: (given) => void reasons.push(given) })
  outer.add({ done: Promise.resolve(), reject: undefined })
  outer.doom(reason)
  expect([reasons, inner.isDoomed, outer.signal.aborted]).toEqual([[reason], true, false])
})

test("it leaves no listener behind: after close(), nor after a stop", () => {
  const { signal } = new AbortController()
  const closed = outermost(false, signal)
  const stopped = outermost(false, signal)
  expect(getEventListeners(signal, "abort").length).toBeGreaterThan(0)
  closed.close()
  stopped.stop(reason)
  expect(getEventListeners(signal, "abort")).toHaveLength(0)
})

test("it ends once, with a reason that is created when somebody asks, once", () => {
  const scope = outermost()
  expect([scope.isEnded, scope.ended]).toEqual([false, undefined])
  let created = 0
  const ends: string[] = []
  const removed = scope.onEnd(() => ends.push("removed"))
  scope.onEnd(() => ends.push("called"))
  removed()
  scope.end(() => over(`${++created}`))
  scope.end(() => over("later"))
  expect([scope.isEnded, created, ends]).toEqual([true, 0, ["called"]])
  expect([scope.ended?.message, scope.ended, created]).toEqual(["1", scope.ended, 1])
})

test("it has settled when all its calls have, those started meanwhile too, with the first failure", async () => {
  const scope = outermost()
  expect(await scope.settled()).toBeUndefined()
  let fail = (_: unknown) => {}
  scope.track(new Promise((_, reject) => (fail = reject)))
  scope.track(Promise.resolve())
  const settled = scope.settled()
  const next = Promise.reject(new Error("second"))
  fail(reason)
  scope.track(next)
  expect(await settled).toEqual({ error: reason })
  expect(await scope.settled()).toBeUndefined()
})

test("a call tracked after its end is not its own, and its failure ends no process", async () => {
  const scope = outermost()
  scope.end(over)
  scope.track(Promise.reject(reason))
  expect(await scope.settled()).toBeUndefined()
})
