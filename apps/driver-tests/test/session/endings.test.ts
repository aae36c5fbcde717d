import type { Transaction } from "@pgsd/driver/calls"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"
import { turn, unhandledRejections } from "../support/unhandled.ts"

// What is sent at the end of a transaction, by every way in which it can end: each ROLLBACK that is needed, and none that is not.

const own = new Error("own")
const fail = () => Promise.reject(own)
const unhandled = unhandledRejections()

interface Ending {
  readonly work: (tx: Transaction) => unknown
  readonly sent: readonly string[]
  readonly outcome?: object | Error
}

const S1 = '"pgsd_savepoint_1"'
const S2 = '"pgsd_savepoint_2"'
const BACK_1 = `ROLLBACK TO SAVEPOINT ${S1}; RELEASE SAVEPOINT ${S1}`
const BACK_2 = `ROLLBACK TO SAVEPOINT ${S2}; RELEASE SAVEPOINT ${S2}`

const ENDINGS: Readonly<Record<string, Ending>> = {
  "its callback returns": { work: (tx) => tx.query("w"), sent: ["BEGIN", "w", "COMMIT"] },
  "its callback throws": { work: fail, sent: ["BEGIN", "ROLLBACK"], outcome: own },
  "a statement fails": {
    work: (tx) => tx.query("wrong"),
    sent: ["BEGIN", "wrong", "ROLLBACK"],
    outcome: { sqlState: "42601" },
  },
  "a statement failed, and its error was caught": {
    work: (tx) => tx.query("wrong").catch(() => {}),
    sent: ["BEGIN", "wrong", "COMMIT"],
    outcome: { code: "PGSD_ROLLED_BACK" },
  },
  "ROLLBACK was sent as a statement": {
    work: (tx) => tx.query("ROLLBACK"),
    sent: ["BEGIN", "ROLLBACK"],
    outcome: { code: "PGSD_ROLLED_BACK", message: expect.stringContaining("ROLLBACK was sent as a statement") },
  },
  "COMMIT AND CHAIN was sent as a statement": {
    work: (tx) => tx.query("COMMIT AND CHAIN"),
    // The second one ends what CHAIN has begun: otherwise the session's next statements would be in it.
    sent: ["BEGIN", "COMMIT AND CHAIN", "ROLLBACK"],
    outcome: { code: "PGSD_ROLLED_BACK" },
  },
  "COMMIT AND CHAIN was sent as a statement in a savepoint, whose error is caught": {
    work: (tx) => tx.transaction((inner) => inner.query("COMMIT AND CHAIN")).catch(() => {}),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, "COMMIT AND CHAIN", "ROLLBACK"],
    outcome: { code: "PGSD_ROLLED_BACK" },
  },
  "ROLLBACK was sent as a statement, and its callback throws": {
    work: (tx) => tx.query("ROLLBACK").then(fail),
    sent: ["BEGIN", "ROLLBACK"],
    outcome: own,
  },
  "a savepoint returns": {
    work: (tx) => tx.transaction((inner) => inner.query("w")),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, "w", `RELEASE SAVEPOINT ${S1}`, "COMMIT"],
  },
  "a savepoint throws, which is caught": {
    work: (tx) => tx.transaction(fail).catch(() => {}),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, BACK_1, "COMMIT"],
  },
  "a savepoint throws": {
    work: (tx) => tx.transaction(fail),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, BACK_1, "ROLLBACK"],
    outcome: own,
  },
  "a savepoint in a savepoint throws, which is caught": {
    work: (tx) => tx.transaction((inner) => inner.transaction(fail).catch(() => {})),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, `SAVEPOINT ${S2}`, BACK_2, `RELEASE SAVEPOINT ${S1}`, "COMMIT"],
  },
  "a statement failed in a savepoint, and its error was caught there": {
    work: (tx) =>
      tx.transaction((inner) => inner.query("wrong").catch(() => {})).catch((error) => expect(error.code).toBe("PGSD_ROLLED_BACK")),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, "wrong", BACK_1, "COMMIT"],
  },
  "a savepoint is refused by the server, which is caught": {
    work: (tx) =>
      tx
        .query("wrong")
        .catch(() => {})
        .then(() => tx.transaction((inner) => inner.query("w")))
        .catch((error) => expect(error.sqlState).toBe("25P02")),
    // No ROLLBACK TO: the savepoint does not exist.
    sent: ["BEGIN", "wrong", `SAVEPOINT ${S1}`, "COMMIT"],
    outcome: { code: "PGSD_ROLLED_BACK" },
  },
  "ROLLBACK was sent as a statement in a savepoint": {
    work: (tx) => tx.transaction((inner) => inner.query("ROLLBACK")),
    sent: ["BEGIN", `SAVEPOINT ${S1}`, "ROLLBACK"],
    outcome: { code: "PGSD_ROLLED_BACK" },
  },
  "BEGIN fails after the server has begun": {
    work: () => expect.unreachable(),
    sent: ["BEGIN", "ROLLBACK"],
    outcome: { sqlState: "22023" },
  },
  "COMMIT is refused by the server, which rolls back by itself": {
    work: (tx) => tx.query("deferred"),
    sent: ["BEGIN", "deferred", "COMMIT"],
    outcome: { sqlState: "23503" },
  },
}

describe("a transaction", () => {
  test.each(Object.entries(ENDINGS))("of which %s", async (name, { work, sent: expected, outcome }) => {
    const { fake, session, sent } = await fakeSession()
    fake.answer("wrong", { error: { sqlState: "42601" } })
    if (name.startsWith("BEGIN")) fake.answer("BEGIN", { error: { sqlState: "22023" } }, { times: 1 })
    if (name.startsWith("COMMIT")) fake.answer("COMMIT", { error: { sqlState: "23503" } }, { times: 1 })
    const ended = session.transaction(work)
    await (outcome === undefined
      ? ended
      : expect(ended).rejects.toEqual(outcome instanceof Error ? outcome : expect.objectContaining(outcome)))
    expect(sent().filter((sql) => sql !== "")).toEqual(expected)
    expect(session.status).toBe("idle")
  })
})

/** A lease of a pool with a manual clock, whose limits are 1, 2, … hundred ms. */
async function timedLease(random = () => 0.5) {
  const clock = manualClock()
  const fake = fakeDriver({ clock })
  const pool = createConnectionPool({
    driver: fake,
    clock,
    random,
    label: "db",
    resetTimeoutMs: 400,
    cancelTimeoutMs: 700,
    healthCheckIntervalMs: Number.POSITIVE_INFINITY,
  })
  const lease = await pool.acquire()
  onTestFinished(async () => {
    lease.destroy()
    await pool.close()
  })
  const before = clock.pending
  return {
    clock,
    fake,
    pool,
    lease,
    sent: () => fake.queries.map(({ sql }) => sql),
    /** Timers left by the calls on the lease. */
    timers: () => clock.pending - before,
  }
}

const never = { delayMs: Number.POSITIVE_INFINITY }
const ENDED = { code: "PGSD_TRANSACTION_ENDED", label: "db" }

describe("statements still in flight when the callback throws", () => {
  test("end by themselves for a moment", async () => {
    const { clock, fake, lease, sent } = await timedLease()
    fake.answer("slow", { delayMs: 99 })
    let slow: Promise<unknown> = Promise.resolve()
    const ended = lease.transaction((tx) => {
      slow = tx.query("slow")
      return fail()
    })
    ended.catch(() => {})
    await clock.advance(98)
    expect(sent()).toEqual(["BEGIN", "slow"])
    await clock.advance(1)
    await expect(ended).rejects.toBe(own)
    await expect(slow).rejects.toMatchObject(ENDED)
    expect(sent()).toEqual(["BEGIN", "slow", "ROLLBACK"])
  })

  test("are cancelled after 100 ms", async () => {
    const { clock, fake, lease, sent, timers } = await timedLease()
    fake.answer("slow", never)
    const ended = lease.transaction((tx) => {
      void tx.query("slow")
      return fail()
    })
    ended.catch(() => {})
    await clock.advance(99)
    expect(sent()).toEqual(["BEGIN", "slow"])
    await clock.advance(1)
    await expect(ended).rejects.toBe(own)
    expect(sent()).toEqual(["BEGIN", "slow", "ROLLBACK"])
    expect(timers()).toBe(0)
  })

  test("and unawaited, behind one that may end the transaction, never end the process", async () => {
    const { lease, fake, sent } = await timedLease()
    fake.answer("CALL wrong()", { error: { sqlState: "42883" } })
    const ended = lease.transaction((tx) => {
      const wrong = tx.query("CALL wrong()")
      void tx.query("w")
      return wrong
    })
    await expect(ended).rejects.toMatchObject({ sqlState: "42883" })
    await turn()
    expect(unhandled).toEqual([])
    expect(sent()).toEqual(["BEGIN", "CALL wrong()", "ROLLBACK"])
  })
})

describe("a ROLLBACK that is not answered", () => {
  test("ends the connection after its limit", async () => {
    const { clock, fake, lease, timers } = await timedLease()
    fake.answer("ROLLBACK", never)
    const ended = lease.transaction(fail)
    ended.catch(() => {})
    await clock.advance(399)
    expect(lease.status).not.toBe("closed")
    await clock.advance(1)
    await expect(ended).rejects.toBe(own)
    expect([lease.status, timers()]).toEqual(["closed", 0])
  })

  test("of an aborted transaction holds up neither its caller nor anything but the session's next calls", async () => {
    const { clock, fake, lease } = await timedLease()
    fake.answer("ROLLBACK", never)
    const stop = new AbortController()
    const ended = lease.transaction(() => new Promise(() => {}), { signal: stop.signal })
    await turn()
    stop.abort(own)
    await expect(ended).rejects.toBe(own)
    let state = "waiting"
    const next = lease.query("next").catch((error: unknown) => {
      state = "failed"
      return error
    })
    await clock.advance(399)
    expect(state).toBe("waiting")
    await clock.advance(1)
    await expect(next).resolves.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
  })
})

describe("an abort", () => {
  test("before the callback has begun sends nothing more", async () => {
    const { lease, sent } = await timedLease()
    const stop = new AbortController()
    const ended = lease.transaction(() => expect.unreachable(), { signal: stop.signal })
    stop.abort(own)
    await expect(ended).rejects.toBe(own)
    await expect(lease.transaction(() => expect.unreachable(), { signal: AbortSignal.abort(own) })).rejects.toBe(own)
    await lease.query("next")
    expect(sent()).toEqual(["BEGIN", "ROLLBACK", "next"])
  })

  test("of a savepoint ends that savepoint alone", async () => {
    const { lease, sent } = await timedLease()
    await lease.transaction(async (tx) => {
      const stop = new AbortController()
      const inner = tx.transaction(
        async (savepoint) => {
          await savepoint.query("w")
          stop.abort(own)
          await expect(savepoint.query("late")).rejects.toMatchObject(ENDED)
        },
        { signal: stop.signal },
      )
      await expect(inner).rejects.toBe(own)
      await tx.query("after")
    })
    expect(sent()).toEqual(["BEGIN", `SAVEPOINT ${S1}`, "w", BACK_1, "after", "COMMIT"])
  })

  test("of a transaction rolls back once, whatever savepoints are open in it", async () => {
    const { lease, sent } = await timedLease()
    const stop = new AbortController()
    const ended = lease.transaction(
      (tx) =>
        tx.transaction(async (savepoint) => {
          await savepoint.query("w")
          stop.abort(own)
          await new Promise(() => {})
        }),
      { signal: stop.signal },
    )
    await expect(ended).rejects.toBe(own)
    await lease.query("next")
    expect(sent()).toEqual(["BEGIN", `SAVEPOINT ${S1}`, "w", "ROLLBACK", "next"])
  })

  test("after COMMIT was sent changes nothing", async () => {
    const { clock, fake, lease, timers } = await timedLease()
    fake.answer("COMMIT", { delayMs: 50 })
    const stop = new AbortController()
    const ended = lease.transaction(() => "done", { signal: stop.signal, timeoutMs: 20 })
    await turn()
    stop.abort(own)
    await clock.advance(50)
    await expect(ended).resolves.toBe("done")
    expect(timers()).toBe(0)
  })

  test("after COMMIT of a readOnly transaction was sent cancels it", async () => {
    const { fake, lease } = await timedLease()
    fake.answer("COMMIT", never)
    const stop = new AbortController()
    const ended = lease.transaction(() => "done", { signal: stop.signal, readOnly: true })
    await turn()
    stop.abort(own)
    await expect(ended).rejects.toBe(own)
  })
})

describe("further attempts", () => {
  const conflict = { error: { sqlState: "40001" } }

  test("are made after random pauses of up to 10, 20, 40 … 1,000 ms", async () => {
    const { clock, fake, lease } = await timedLease(() => 1)
    fake.answer("w", conflict)
    const begun: number[] = []
    fake.answer("BEGIN", () => {
      begun.push(clock.now())
      return []
    })
    const ended = lease.transaction((tx) => tx.query("w"), { retries: 9 })
    ended.catch(() => {})
    await clock.advance(10_000)
    await expect(ended).rejects.toMatchObject({ sqlState: "40001" })
    expect(begun.map((at, n) => at - (begun[n - 1] ?? 0))).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
  })

  test("are not made after other errors, nor on a connection that has ended", async () => {
    const { fake, lease, sent } = await timedLease()
    fake.answer("wrong", { error: { sqlState: "23505" } })
    await expect(lease.transaction((tx) => tx.query("wrong"), { retries: 2 })).rejects.toMatchObject({ sqlState: "23505" })
    fake.answer("lost", { lose: { systemCode: "ECONNRESET" } })
    await expect(lease.transaction((tx) => tx.query("lost"), { retries: 2 })).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(sent()).toEqual(["BEGIN", "wrong", "ROLLBACK", "BEGIN", "lost"])
  })

  test("stop at the transaction's own limits, which count through all attempts", async () => {
    const { clock, fake, lease, timers } = await timedLease(() => 1)
    fake.answer("w", conflict)
    const timed = lease.transaction((tx) => tx.query("w"), { retries: 99, timeoutMs: 35 })
    timed.catch(() => {})
    await clock.advance(35)
    await expect(timed).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 35 })
    const stop = new AbortController()
    const aborted = lease.transaction((tx) => tx.query("w"), { retries: 99, signal: stop.signal })
    await turn()
    stop.abort(own)
    await expect(aborted).rejects.toBe(own)
    expect(timers()).toBe(0)
  })
})

test("a transaction waits for statements sent before it, within its own limits", async () => {
  const { clock, fake, lease, sent } = await timedLease()
  fake.answer("slow", { delayMs: 50 })
  void lease.query("slow")
  const first = lease.transaction(() => "first", { timeoutMs: 20 })
  first.catch(() => {})
  await clock.advance(20)
  await expect(first).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  const second = lease.transaction(() => "second")
  expect(sent()).toEqual(["slow"])
  await clock.advance(30)
  await expect(second).resolves.toBe("second")
  expect(sent()).toEqual(["slow", "BEGIN", "COMMIT"])
})

test("a transaction is refused while one is open that a statement has begun, and leaves it alone", async () => {
  const { lease, sent } = await timedLease()
  await lease.query("BEGIN")
  const refusal = { code: "PGSD_TRANSACTION_IN_USE", message: expect.stringContaining("was begun on this connection by a statement") }
  await expect(lease.transaction(() => expect.unreachable())).rejects.toMatchObject(refusal)
  await lease.query("wrong").catch(() => {})
  expect([lease.status, ...sent()]).toEqual(["transaction", "BEGIN", "wrong"])
})

test("a lease given back in its transaction ends the handle, and the pool rolls back once", async () => {
  const { lease, pool, sent } = await timedLease()
  let handle: Transaction | undefined
  const ended = lease.transaction(async (tx) => {
    handle = tx
    await tx.query("w")
    lease.release()
    await expect(tx.query("late")).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_(TRANSACTION_ENDED|LEASE_RELEASED)$/) })
  })
  await expect(ended).rejects.toMatchObject({ label: "db" })
  expect(handle!.status).toBe("closed")
  await pool.query("next")
  expect(sent().filter((sql) => sql === "ROLLBACK")).toHaveLength(1)
  expect(sent().at(-1)).toBe("next")
})

const CAUGHT = "because a statement failed and its error was caught"
const IN_SAVEPOINT = "run a statement that may fail in a transaction() of its own: on the handle that is a savepoint"

describe("the error of a transaction that was not committed says why:", () => {
  const FAILURES: Readonly<Record<string, { readonly work: (tx: Transaction) => unknown; readonly error: object }>> = {
    "an error was caught": {
      work: (tx) => tx.query("wrong").catch(() => {}),
      error: {
        message: `db: the server answered COMMIT with ROLLBACK: nothing was committed, ${CAUGHT}`,
        hint: IN_SAVEPOINT,
      },
    },
    "an error was caught in a savepoint": {
      work: (tx) => tx.transaction((inner) => inner.query("wrong").catch(() => {})),
      error: { message: `db: nothing of this savepoint stays, ${CAUGHT}`, hint: IN_SAVEPOINT },
    },
    "a conflict was caught": {
      work: (tx) => tx.query("conflict").catch(() => {}),
      error: { cause: { sqlState: "40001" } },
    },
    "a conflict was caught in a savepoint": {
      work: (tx) => tx.transaction((inner) => inner.query("conflict").catch(() => {})),
      error: { message: `db: nothing of this savepoint stays, ${CAUGHT}`, cause: { sqlState: "40001" } },
    },
    "a call that was not awaited failed": {
      work: (tx) => void tx.query("wrong"),
      error: { message: "db: nothing was committed: a call that was not awaited failed", cause: { sqlState: "42601" } },
    },
    "it was ended by a statement inside": {
      work: (tx) => tx.query("COMMIT"),
      error: { message: "db: the transaction was over before its callback was: COMMIT was sent as a statement inside it" },
    },
    "the output of a COPY was still being read": {
      work: async (tx) => void (await tx.copyTo("COPY t TO STDOUT").next()),
      error: {
        message: "db: nothing was committed: the output of a copyTo() was still being read when the callback returned",
        hint: "read it to its end, or leave its loop, before the callback returns",
      },
    },
    "the server answered with something else": {
      work: (tx) => tx.query("strange"),
      error: { message: `db: the server answered COMMIT with nothing: nothing was committed, ${CAUGHT}` },
    },
  }
  test.each(Object.entries(FAILURES))("%s", async (name, { work, error }) => {
    const { fake, lease } = await timedLease()
    fake.answer("wrong", { error: { sqlState: "42601" } })
    fake.answer("conflict", { error: { sqlState: "40001" } })
    fake.answer("COPY t TO STDOUT", { copy: ["1\n", "2\n", "3\n"] })
    if (name.endsWith("something else")) fake.answer("COMMIT", { command: "" })
    await expect(lease.transaction(work)).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", label: "db", ...error })
  })
})

describe("a COMMIT", () => {
  test("without an answer within commitTimeoutMs has an unknown outcome, and costs the connection", async () => {
    const { clock, fake, lease } = await timedLease()
    fake.answer("COMMIT", never)
    const ended = lease.transaction(() => {}, { commitTimeoutMs: 30 })
    ended.catch(() => {})
    await clock.advance(29)
    expect(lease.status).not.toBe("closed")
    await clock.advance(1)
    await expect(ended).rejects.toMatchObject({
      code: "PGSD_COMMIT_UNKNOWN",
      message: "db: the server gave no answer within commitTimeoutMs (30 ms) while COMMIT was under way",
      cause: { code: "PGSD_QUERY_TIMEOUT", timeoutMs: 30 },
    })
    expect(lease.status).toBe("closed")
  })

  test("on a connection that had ended before was never sent, so its outcome is known", async () => {
    const { fake, lease, sent } = await timedLease()
    const ended = lease.transaction(() => fake.killAll())
    await expect(ended).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(sent()).toEqual(["BEGIN"])
  })

  test("of a readOnly transaction is limited by the shorter of both timeouts, and its outcome does not matter", async () => {
    const { clock, fake, lease } = await timedLease()
    fake.answer("COMMIT", never)
    const ended = lease.transaction(() => {}, { readOnly: true, commitTimeoutMs: 30 })
    ended.catch(() => {})
    await clock.advance(30)
    await expect(ended).rejects.toMatchObject({
      code: "PGSD_QUERY_TIMEOUT",
      timeoutMs: 30,
      message: expect.stringContaining("commitTimeoutMs"),
    })
  })
})

test("a conflict whose error was caught is repeated too; another cause is not", async () => {
  const { clock, fake, lease } = await timedLease()
  fake.answer("conflict", { error: { sqlState: "40P01" } }, { times: 1 })
  const repeated = lease.transaction((tx) => tx.query("conflict").catch(() => {}), { retries: 1 })
  repeated.catch(() => {})
  await clock.advance(10)
  await repeated
  let attempts = 0
  fake.answer("wrong", { error: { sqlState: "42601" } })
  const work = (tx: Transaction) => {
    attempts++
    void tx.query("wrong")
  }
  await expect(lease.transaction(work, { retries: 1 })).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { sqlState: "42601" } })
  expect(attempts).toBe(1)
})

test("a transaction is refused in a failed one, too", async () => {
  const { fake, lease } = await timedLease()
  fake.answer("wrong", { error: { sqlState: "42601" } })
  await lease.query("BEGIN")
  await lease.query("wrong").catch(() => {})
  await expect(lease.transaction(() => expect.unreachable())).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
  expect(lease.status).toBe("failed")
})
