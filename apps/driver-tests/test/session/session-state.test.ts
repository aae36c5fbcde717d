import { PgsdError } from "@pgsd/driver"
import { CALL_DEFAULTS, type ObservedStatement, SessionState } from "@pgsd/driver/session"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { turn } from "../support/unhandled.ts"

// The state that a session, its transactions and its pool share, over a fake connection.

async function kit({ observes = true } = {}) {
  const clock = manualClock()
  const fake = fakeDriver({ clock })
  const connection = await fake.connect({ host: "db", user: "app", label: "the connection's" })
  const seen: unknown[] = []
  const owner = {
    observes,
    sending<T>(statement: ObservedStatement, send: () => T): T {
      seen.push(["sending", statement.sql, statement.transaction])
      return send()
    },
    settled: (statement: ObservedStatement, outcome: object) => void seen.push(["settled", statement.sql, outcome]),
    began: (readOnly: boolean) => {
      seen.push(["began", readOnly])
      return "trace"
    },
    ended: (transaction: unknown, error: unknown) => void seen.push(["ended", transaction, error]),
    failed: (error: unknown) => void seen.push(["failed", error]),
    giveUp: () => void seen.push("given up"),
  }
  const state = new SessionState(connection, { ...CALL_DEFAULTS, label: "shop", clock }, owner)
  return { clock, fake, connection, state, seen }
}

const never = { delayMs: Number.POSITIVE_INFINITY }
const own = new Error("own")
const refusal = (code: string, message: string) => expect.objectContaining({ code, message, label: "shop" })

describe("who may send", () => {
  test("is the innermost open transaction; others are told what is open", async () => {
    const { state } = await kit()
    expect(() => state.admit(undefined)).not.toThrow()
    const outer = state.enter(undefined)
    expect(() => state.admit(outer)).not.toThrow()
    expect(() => state.admit(undefined)).toThrow(refusal("PGSD_TRANSACTION_IN_USE", "shop: a transaction is open on this connection"))
    const inner = state.enter(outer)
    expect(() => state.admit(inner)).not.toThrow()
    expect(() => state.admit(outer)).toThrow(refusal("PGSD_TRANSACTION_IN_USE", "shop: a savepoint is open on this transaction"))
    expect(() => state.admit(undefined)).toThrow(refusal("PGSD_TRANSACTION_IN_USE", "shop: a savepoint is open on this connection"))
    expect(() => state.enter(outer)).toThrow("a savepoint is open")
    state.leave(inner)
    expect(() => state.admit(outer)).not.toThrow()
    state.leave(outer)
    expect(() => state.admit(undefined)).not.toThrow()
  })

  test("is nobody whose transaction is doomed; a transaction that has left takes its savepoints along", async () => {
    const { state } = await kit()
    const outer = state.enter(undefined)
    state.enter(outer)
    state.leave(outer)
    expect(() => state.admit(undefined)).not.toThrow()
    const doomed = state.enter(undefined)
    doomed.doom(own)
    expect(() => state.admit(doomed)).toThrow(expect.objectContaining({ code: "PGSD_TRANSACTION_ENDED", label: "shop" }))
    state.leave(doomed)
    state.leave(outer)
    expect(() => state.admit(undefined)).not.toThrow()
  })

  test("is nobody in a transaction that native has ended", async () => {
    const { state, connection } = await kit()
    const scope = state.enter(undefined)
    await connection.query("BEGIN")
    scope.begun = true
    scope.epoch = connection.transactionEpoch
    expect(() => state.admit(scope)).not.toThrow()
    await connection.query("ROLLBACK")
    expect(() => state.admit(scope)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("ended by a statement on native") }),
    )
    expect(scope.endedByHand).toBe("a statement on native")
  })

  test("is nobody of the previous holder: abandon() ends every handle, and cancels what they have in flight", async () => {
    const { fake, state } = await kit()
    fake.answer("slow", never)
    state.abandon()
    const outer = state.enter(undefined, true)
    const inner = state.enter(outer)
    expect([state.readOnly, inner.readOnly]).toEqual([true, true])
    state.workSignal = new AbortController().signal
    const slow = state.run(inner, "slow", undefined, undefined)
    slow.catch(() => {})
    state.abandon()
    const error = refusal("PGSD_TRANSACTION_ENDED", "shop: the connection was given back while this transaction was open")
    for (const scope of [outer, inner]) expect([scope.ended, scope.signal.aborted]).toEqual([error, true])
    await expect(slow).rejects.toEqual(error)
    expect([state.workSignal, state.readOnly]).toEqual([undefined, false])
    expect(() => state.admit(undefined)).not.toThrow()
  })
})

describe("what an owner that observes is told", () => {
  test("is each statement, with its transaction and its outcome", async () => {
    const { fake, state, seen } = await kit()
    fake.answer("rows", [{ n: 1 }, { n: 2 }])
    fake.answer("wrong", { error: { sqlState: "42601" } })
    await state.send("rows", undefined, undefined)
    const scope = state.enter(undefined, true)
    state.began(scope)
    const inner = state.enter(scope)
    await state.send("wrong", undefined, undefined).catch(() => {})
    state.leave(inner)
    state.leave(scope, own)
    state.leave(scope, own)
    const wrong = expect.objectContaining({ sqlState: "42601", label: "shop" })
    expect(seen).toEqual([
      ["sending", "rows", undefined],
      ["settled", "rows", { rowCount: 2 }],
      ["began", true],
      ["sending", "wrong", "trace"],
      ["failed", wrong],
      ["settled", "wrong", { error: wrong }],
      ["ended", "trace", own],
    ])
  })

  test("is a batch as one, with the sum of its rows; a COPY both ways", async () => {
    const { fake, state, seen } = await kit()
    fake.answer("two", [{ n: 1 }, { n: 2 }])
    fake.answer("COPY t TO STDOUT", { copy: ["1\n"] })
    const { signal } = new AbortController()
    await state.pipeline(() => ["two", "none"], [{ sql: "two" }, { sql: "none" }], undefined)
    await state.copyFrom("COPY t FROM STDIN", [Buffer.from("1\n")] as never, signal)
    for await (const _ of state.copyTo("COPY t TO STDOUT", signal));
    await turn()
    expect(seen).toEqual([
      ["sending", "two;\nnone", undefined],
      ["settled", "two;\nnone", { rowCount: 2 }],
      ["sending", "COPY t FROM STDIN", undefined],
      ["settled", "COPY t FROM STDIN", { rowCount: 1 }],
      ["sending", "COPY t TO STDOUT", undefined],
      ["settled", "COPY t TO STDOUT", {}],
    ])
  })

  test("is an operation once, whatever round trips it takes", async () => {
    const { state, seen } = await kit()
    const operation = state.operation("stream")
    await state.pipelineOf(operation, [{ sql: "a" }], undefined)
    await state.pipelineOf(operation, [{ sql: "b" }], undefined)
    operation.end({ rowCount: 7 })
    operation.end({ rowCount: 8 })
    expect(seen).toEqual([
      ["sending", "stream", undefined],
      ["settled", "stream", { rowCount: 7 }],
    ])
  })

  test("is only failures if it does not observe", async () => {
    const { fake, state, seen } = await kit({ observes: false })
    fake.answer("wrong", { error: { sqlState: "42601" } })
    const scope = state.enter(undefined)
    state.began(scope)
    await state.send("wrong", undefined, undefined).catch(() => {})
    await state.pipeline(() => expect.unreachable(), [{ sql: "a" }], undefined)
    const operation = state.operation("stream")
    await state.pipelineOf(operation, [{ sql: "a" }], undefined)
    operation.end({})
    state.leave(scope)
    expect(seen).toEqual([["failed", expect.objectContaining({ sqlState: "42601" })]])
  })
})

describe("an error", () => {
  test("has the session's label, unless it is of another database", async () => {
    const { fake, state } = await kit()
    const error = async (sql: string) => state.send(sql, undefined, undefined).catch((each: unknown) => each)
    fake.answer("wrong", { error: { sqlState: "42601" } })
    expect(await error("wrong")).toMatchObject({ label: "shop" })
    const foreign = new PgsdError("PGSD_QUERY_FAILED", "the source's own", { label: "elsewhere" })
    fake.answer("foreign", () => Promise.reject(foreign))
    expect(await error("foreign")).toBe(foreign)
    expect(foreign.label).toBe("elsewhere")
  })

  test("that ends the session makes it broken; so does giving it up", async () => {
    const { fake, state, seen } = await kit()
    fake.answer("wrong", { error: { sqlState: "42601" } })
    await state.send("wrong", undefined, undefined).catch(() => {})
    expect(state.broken).toBe(false)
    fake.answer("lost", { lose: { systemCode: "ECONNRESET" } })
    await state.send("lost", undefined, undefined).catch(() => {})
    expect(state.broken).toBe(true)
    const other = await kit()
    other.state.giveUp()
    expect([other.state.broken, other.seen]).toEqual([true, ["given up"]])
    expect(seen).not.toContain("given up")
  })
})

describe("waiting", () => {
  test("for statements in flight", async () => {
    const { clock, fake, state } = await kit()
    fake.answer("slow", { delayMs: 10 })
    let idle = 0
    await state.idle()
    void state.send("slow", undefined, undefined)
    void state.send("slow", undefined, undefined)
    for (let n = 0; n < 2; n++) void state.idle().then(() => idle++)
    expect(state.pending).toBe(2)
    await clock.advance(10)
    expect([state.pending, idle]).toEqual([1, 0])
    await clock.advance(10)
    expect([state.pending, idle]).toEqual([0, 2])
  })

  test("for everything that occupies the session, one after the other", async () => {
    const { state } = await kit()
    expect(state.busy).toBeUndefined()
    const leaveFirst = state.hold()
    const leaveSecond = state.hold()
    let settled = false
    void state.settled().then(() => (settled = true))
    leaveFirst()
    await turn()
    expect([settled, state.busy !== undefined]).toEqual([false, true])
    leaveSecond()
    await turn()
    expect([settled, state.busy]).toEqual([true, undefined])
  })

  test("for a COPY TO until it has been left", async () => {
    const { fake, state } = await kit()
    fake.answer("COPY t TO STDOUT", { copy: ["1\n", "2\n"] })
    const copy = state.copyTo("COPY t TO STDOUT", new AbortController().signal)
    await copy.next()
    expect(state.pending).toBe(1)
    await copy.return?.()
    await turn()
    expect(state.pending).toBe(0)
  })
})

test("a statement without limits is sent as it is; with one, or a signal of the whole work, within it", async () => {
  const { clock, fake, state } = await kit()
  fake.answer("slow", never)
  const work = new AbortController()
  state.workSignal = work.signal
  const stopped = state.run(undefined, "slow", undefined, undefined)
  work.abort(own)
  await expect(stopped).rejects.toBe(own)
  state.workSignal = undefined
  const timed = state.run(undefined, "slow", undefined, { timeoutMs: 30 })
  timed.catch(() => {})
  await clock.advance(30)
  await expect(timed).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 30, label: "shop" })
  await state.run(undefined, "fast", undefined, undefined)
  expect(clock.pending).toBe(0)
})

test("names of savepoints and portals are unique on a connection", async () => {
  const { state } = await kit()
  expect([state.name("savepoint"), state.name("portal"), state.name("savepoint")]).toEqual([
    "pgsd_savepoint_1",
    "pgsd_portal_2",
    "pgsd_savepoint_3",
  ])
})
