import { beforeEach, describe, expect, test } from "vitest"
import type { Connection, ConnectionStatus, QueryResult } from "../src/contract.ts"
import { Scope } from "../src/session/scope.ts"
import { ScopedStatements, type ScopeHost } from "../src/session/scoped-statements.ts"

interface Sent {
  readonly how: "send" | "bounded"
  readonly sql: string
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number | undefined
  settle(command: string): void
  fail(error: unknown): void
}

let sent: Sent[]
let admitted: number
let connection: { status: ConnectionStatus; transactionEpoch: number }
let pending: number
let queryTimeoutMs: number

const host = {
  get connection() {
    return connection as Connection
  },
  get settings() {
    return { queryTimeoutMs } as ScopeHost["settings"]
  },
  label: "db",
  get pending() {
    return pending
  },
  admit(scope: Scope) {
    if (scope.isDoomed) throw new Error("refused")
    admitted++
  },
  send: (sql: string, _: unknown, options: { signal?: AbortSignal } | undefined) => note("send", sql, options?.signal, undefined),
  bounded: (sql: string, _: unknown, options: { timeoutMs?: number } | undefined, also: AbortSignal) =>
    note("bounded", sql, also, options?.timeoutMs),
} as unknown as ScopeHost

function note(how: Sent["how"], sql: string, signal: AbortSignal | undefined, timeoutMs: number | undefined): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    sent.push({ how, sql, signal, timeoutMs, settle: (command) => resolve({ command, rows: [], rowCount: 0, fields: [] }), fail: reject })
  })
}

function begun(): Scope {
  const scope = new Scope(undefined, false, undefined)
  scope.begun = true
  scope.epoch = connection.transactionEpoch
  return scope
}

const statements = new ScopedStatements(host)
const run = (scope: Scope, sql: string, options?: { signal?: AbortSignal; timeoutMs?: number }) =>
  statements.run(scope, sql, undefined, options)
const texts = () => sent.map(({ sql }) => sql)
const turn = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  sent = []
  admitted = pending = 0
  queryTimeoutMs = Number.POSITIVE_INFINITY
  connection = { status: "transaction", transactionEpoch: 1 }
})

describe("work left running on native is awaited", () => {
  test("before the next statement, which follows if the transaction is still open", async () => {
    connection.status = "busy"
    const scope = begun()
    void run(scope, "SELECT 1")
    expect(texts()).toEqual([""])
    connection.status = "transaction"
    sent[0]!.settle("")
    await turn()
    expect([texts(), scope.barrier, admitted]).toEqual([["", "SELECT 1"], undefined, 1])
  })

  const others: Readonly<Record<string, (scope: Scope) => void>> = {
    "nothing runs there": () => {
      connection.status = "transaction"
    },
    "the transaction has not begun": (scope) => {
      scope.begun = false
    },
    "the session has statements of its own in flight": () => {
      pending = 1
    },
  }
  test.each(Object.entries(others))("not if %s", (_, change) => {
    connection.status = "busy"
    const scope = begun()
    change(scope)
    void run(scope, "SELECT 1")
    expect([texts(), scope.barrier]).toEqual([["SELECT 1"], undefined])
  })

  test("once, and not without a transaction", () => {
    connection.status = "busy"
    const scope = begun()
    statements.settleNative(scope)
    statements.settleNative(scope)
    statements.settleNative(undefined)
    expect(texts()).toEqual([""])
  })
})

describe("a statement", () => {
  test("has its own limits besides those of its scope", () => {
    const scope = begun()
    const { signal } = new AbortController()
    void run(scope, "SELECT 1")
    void run(scope, "SELECT 2", { signal })
    void run(scope, "SELECT 3", { timeoutMs: 50 })
    queryTimeoutMs = 70
    void run(scope, "SELECT 4", { timeoutMs: Number.POSITIVE_INFINITY })
    void statements.inside(scope, "SAVEPOINT a")
    expect(sent.map(({ how, timeoutMs }) => [how, timeoutMs])).toEqual([
      ["send", undefined],
      ["bounded", undefined],
      ["bounded", 50],
      ["send", undefined],
      ["bounded", undefined],
    ])
    for (const each of sent) expect(each.signal).toBe(scope.signal)
  })

  test("without limits is rejected when its scope is doomed; one with limits by those", async () => {
    const scope = begun()
    const rejected: string[] = []
    const own = new Error("own")
    run(scope, "SELECT 1").catch(() => rejected.push("SELECT 1"))
    run(scope, "SELECT 2", { timeoutMs: 50 }).catch(() => rejected.push("SELECT 2"))
    scope.doom(own)
    await turn()
    expect(rejected).toEqual(["SELECT 1"])
    sent[1]!.fail(own)
    await turn()
    expect(rejected).toEqual(["SELECT 1", "SELECT 2"])
  })
})

describe("a statement that may end the transaction", () => {
  test("lets no other pass until it is answered", async () => {
    const scope = begun()
    void run(scope, "CALL p()")
    const behind = run(scope, "SELECT 1")
    await turn()
    expect(texts()).toEqual(["CALL p()"])
    sent[0]!.settle("CALL")
    await turn()
    expect([texts(), admitted, scope.barrier]).toEqual([["CALL p()", "SELECT 1"], 1, undefined])
    sent[1]!.settle("SELECT")
    expect((await behind).command).toBe("SELECT")
    void run(scope, "SELECT 2")
    expect(scope.barrier).toBeUndefined()
  })

  test("raises another barrier if it came behind one", async () => {
    const scope = begun()
    for (const sql of ["CALL a()", "CALL b()", "SELECT 1"]) void run(scope, sql)
    sent[0]!.settle("CALL")
    await turn()
    expect(texts()).toEqual(["CALL a()", "CALL b()"])
    expect(scope.barrier).toBeDefined()
    sent[1]!.settle("CALL")
    await turn()
    expect([texts(), scope.barrier]).toEqual([["CALL a()", "CALL b()", "SELECT 1"], undefined])
  })

  test("what waits behind it is rejected when the scope is doomed, and never sent", async () => {
    const scope = begun()
    void run(scope, "CALL p()")
    const behind = run(scope, "SELECT 1", { timeoutMs: 50 })
    const own = new Error("own")
    scope.doom(own)
    await expect(behind).rejects.toBe(own)
    expect(texts()).toEqual(["CALL p()"])
  })

  test.each([
    ["answered with COMMIT", (each: Sent) => each.settle("COMMIT"), "COMMIT"],
    ["that fails", (each: Sent) => each.fail(new Error("own")), "a statement"],
    ["without a command tag", (each: Sent) => each.settle(""), "a statement"],
  ])("%s, behind which no transaction is open, ends all of its scopes", async (_, settle, name) => {
    const outer = begun()
    const scope = new Scope(outer, false, undefined)
    scope.begun = true
    scope.epoch = outer.epoch
    void run(scope, "CALL p()")
    connection.status = "idle"
    settle(sent[0]!)
    await turn()
    for (const each of [scope, outer]) {
      expect(each.endedByHand).toBe(name)
      expect(each.ended).toMatchObject({
        code: "PGSD_TRANSACTION_ENDED",
        label: "db",
        message: `db: this transaction was ended by ${name}, sent as a statement inside its callback`,
      })
    }
  })
})

test("it is over when no transaction is open, or another one; not before it began", () => {
  const scope = begun()
  expect(statements.isOver(scope)).toBe(false)
  connection.transactionEpoch = 2
  expect(statements.isOver(scope)).toBe(true)
  connection = { status: "idle", transactionEpoch: 1 }
  expect(statements.isOver(scope)).toBe(true)
  scope.begun = false
  expect(statements.isOver(scope)).toBe(false)
})
