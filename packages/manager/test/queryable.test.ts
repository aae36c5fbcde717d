import { Readable } from "node:stream"
import { setImmediate } from "node:timers/promises"
import { createDatabaseConnector } from "@pgsd/connector"
import { type Connection, type Driver, isPgsdError } from "@pgsd/driver"
import type { CopyFromOptions, CopyPart, CopySource, Queryable } from "@pgsd/driver/calls"
import { sessionOf } from "@pgsd/driver/session"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { postgresDriver } from "@pgsd/driver-postgres"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { fakeDriver, mockDatabaseConnector } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

// Everything that takes SQL offers the same calls: one table over every such object and every driver. Results are the same, and
// errors have the same code, class, message and label.

const ONE = "SELECT 1 AS n"
const THREE = "SELECT n FROM generate_series(1, 3) n"
const NONE = "SELECT 1 AS n WHERE false"
const WRONG = "SELECT * FROM nowhere"
const PARAMETER = "SELECT $1::int AS n"
const COPY_IN = "COPY pgsd_queryable (a, b) FROM STDIN"
const COPY_OUT = "COPY (VALUES (1, 'x'), (2, NULL)) TO STDOUT"
const TWICE = "SELECT 1 AS n, 2 AS n"

type Case = (db: Queryable) => Promise<unknown>

const CASES: Readonly<Record<string, Case>> = {
  query: async (db) => {
    const { rows, rowCount, command, fields } = await db.query(THREE)
    return { rows, rowCount, command, fields: fields.map((field) => field.name) }
  },
  "query with parameters": async (db) => (await db.query(PARAMETER, [7])).rows,
  "query of an object": async (db) => (await db.query({ text: PARAMETER, values: [7] })).rows,
  "query of sql-template-tag's object": async (db) =>
    (await db.query({ text: PARAMETER, values: [7], sql: "SELECT ?::int AS n", statement: "SELECT :1", strings: [] } as never)).rows,
  "query of slonik's token": async (db) => (await db.query({ type: "SLONIK_TOKEN_QUERY", sql: PARAMETER, values: [7] })).rows,
  notify: (db) => db.notify("pgsd", "7"),
  "notify with a name that is too long": (db) => db.notify("x".repeat(64)),
  "an object beside parameters": (db) => db.query({ text: PARAMETER, values: [7] }, [8]),
  "an object with a name": (db) => db.query({ text: PARAMETER, values: [7], name: "mine" } as never),
  "an object without a text": (db) => db.query({ values: [7] } as never),
  "a statement that is not a string": (db) => db.query(7 as never),
  "no rows": async (db) => (await db.query(NONE)).rows,
  one: (db) => db.one(ONE),
  "one of none": (db) => db.one(NONE),
  "one of three": (db) => db.one(THREE),
  maybeOne: (db) => db.maybeOne(ONE),
  "maybeOne of none": (db) => db.maybeOne(NONE),
  "maybeOne of three": (db) => db.maybeOne(THREE),
  "maxRows that suffices": async (db) => (await db.query(THREE, undefined, { maxRows: 3 })).rows,
  "maxRows that does not": (db) => db.query(THREE, undefined, { maxRows: 2 }),
  "every result of a text": async (db) => {
    const { rows, results } = await db.query(`${ONE}; ${THREE}`, undefined, { results: "all", timeoutMs: 60_000 })
    return [rows, results?.map((each) => each.rows)]
  },
  "every result of a text, limited": (db) => db.query(`${ONE}; ${THREE}`, undefined, { results: "all", maxRows: 3 }),
  "results that there are not": (db) => db.query(ONE, undefined, { results: "some" as never }),
  "a statement with a name": async (db) =>
    (await db.query(PARAMETER, [7], { prepare: "a name", signal: new AbortController().signal })).rows,
  "a statement with a name that a driver could choose": (db) => db.query(PARAMETER, [7], { prepare: "pgsd_1" }),
  "an unknown option": (db) => db.query(ONE, undefined, { maxrows: 2 } as never),
  "a timeout of 0": (db) => db.query(ONE, undefined, { timeoutMs: 0 }),
  "a signal that has fired": (db) => db.query(ONE, undefined, { signal: AbortSignal.abort(new Error("mine")) }),
  "a controller for a signal": (db) => db.query(ONE, undefined, { signal: new AbortController() as never }),
  "rows that are mutable": async (db) => {
    const users: { n: number }[] = (await db.query<{ n: number }>(THREE)).rows
    return users.reverse()
  },
  stream: (db) => collected(db.stream(THREE, undefined, { batchSize: 2 })),
  "stream left early": (db) => collected(db.stream(THREE, undefined, { batchSize: 1 }), 2),
  "stream with a batch of 0": async (db) => collected(db.stream(THREE, undefined, { batchSize: 0 })),
  "stream with a signal that has fired": (db) => collected(db.stream(THREE, undefined, { signal: AbortSignal.abort(new Error("mine")) })),
  "copyFrom of rows": (db) =>
    copied(db, [
      [1, "x\ty\\z\n"],
      [2, null],
      [3, [1, 2]],
    ]),
  "copyFrom of strings": (db) => copied(db, ["1\t", "x\n2\t\\N\n"]),
  "copyFrom of one string": (db) => copied(db, "1\tx\n"),
  "copyFrom of bytes that come later": (db) => copied(db, later(Buffer.from("1\tx\n"))),
  "copyFrom of a Readable": (db) => copied(db, Readable.from([Buffer.from("1\tx\n2\ty\n")])),
  "copyFrom of nothing": (db) => copied(db, []),
  "copyFrom of a source that fails": (db) => copied(db, later("1\tx\n", new Error("mine"))),
  "copyFrom of a row that cannot be sent": (db) =>
    copied(db, [
      [1, "x"],
      [2, undefined],
    ]),
  "copyFrom of a row with undefined as null": (db) => copied(db, [[1, undefined]], { undefinedAs: "null" }),
  "copyFrom of an invalid row": (db) => copied(db, [1] as never),
  "copyFrom of an invalid source": (db) => copied(db, 1 as never),
  "copyFrom of rows for CSV": (db) => db.copyFrom(`${COPY_IN} WITH (FORMAT csv)`, [[1, "x"]]),
  "copyFrom with another statement": (db) => db.copyFrom("DELETE FROM pgsd_queryable", []),
  "copyFrom with values": (db) => db.copyFrom({ text: COPY_IN, values: [1] }, []),
  "copyFrom with an unknown option": (db) => db.copyFrom(COPY_IN, [], { timeout: 1 } as never),
  "copyFrom with a signal that has fired": (db) => copied(db, [], { signal: AbortSignal.abort(new Error("mine")) }),
  "copyFrom whose source hangs": (db) => copied(db, later("1\tx\n", new Promise(() => {})), { timeoutMs: 50 }),
  "copyFrom whose signal fires": (db) => {
    const stop = new AbortController()
    return copied(
      db,
      later("1\tx\n", () => stop.abort(new Error("mine")), new Promise(() => {})),
      { signal: stop.signal },
    )
  },
  copyTo: async (db) => Buffer.concat(await collected(db.copyTo(COPY_OUT))).toString(),
  "copyTo left early": async (db) => (await collected(db.copyTo(COPY_OUT), 1)).length,
  "copyTo with another statement": async (db) => collected(db.copyTo(ONE)),
  "copyTo with an unknown option": async (db) => collected(db.copyTo(COPY_OUT, { batchSize: 1 } as never)),
  "copyTo with a signal that has fired": (db) => collected(db.copyTo(COPY_OUT, { signal: AbortSignal.abort(new Error("mine")) })),
  transaction: (db) => db.transaction(async (tx) => [await tx.one(ONE), await tx.maybeOne(NONE), await collected(tx.stream(THREE))]),
  "transaction that throws": (db) => db.transaction(() => Promise.reject(new Error("mine"))),
  "transaction whose handle is kept": async (db) => {
    const kept = await db.transaction((tx) => tx)
    return kept.query(ONE)
  },
  "transaction with a signal that has fired": (db) => db.transaction(() => 1, { signal: AbortSignal.abort(new Error("mine")) }),
  "transaction with an unknown option": (db) => db.transaction(() => 1, { readonly: true } as never),
  "transaction without a function": (db) => db.transaction(undefined as never),
  "transaction inside without a function": (db) =>
    db.transaction(async (tx) => [await outcomeOf(() => tx.transaction(undefined as never)), (await tx.query(ONE)).rows]),
  "transaction inside": (db) => db.transaction((tx) => tx.transaction((inner) => inner.one(ONE))),
  "transaction inside that fails": (db) =>
    db.transaction(async (tx) => {
      await tx.transaction(() => Promise.reject(new Error("mine"))).catch(() => {})
      return tx.one(ONE)
    }),
  "a call around an open transaction inside": (db) => db.transaction((tx) => tx.transaction(() => tx.query(ONE))),
  "two transactions inside at once": (db) =>
    db.transaction((tx) =>
      Promise.all([tx.transaction((inner) => inner.one(ONE)), outcomeOf(() => tx.transaction((inner) => inner.one(ONE)))]),
    ),
  "a signal that fires in a transaction inside": (db) => {
    const stop = new AbortController()
    const nested = (tx: Queryable) => tx.transaction(() => stop.abort(new Error("mine")), { signal: stop.signal })
    return db.transaction(async (tx) => [await outcomeOf(() => nested(tx)), await tx.one(ONE)])
  },
  "a stream that outlives its transaction": async (db) => {
    const kept = await db.transaction(async (tx) => {
      const rows = tx.stream(THREE, undefined, { batchSize: 1 })
      await rows.next()
      return rows
    })
    return [await outcomeOf(() => kept.next()), await kept.return?.(), await db.one(ONE)]
  },
  "an error that was caught inside": (db) =>
    db.transaction(async (tx) => {
      await tx.query(WRONG).catch(() => {})
    }),
  "an isolation level that does not exist": (db) => db.transaction(() => 1, { isolation: "snapshot" as never }),
  "COMMIT sent as a statement": (db) =>
    db.transaction(async (tx) => {
      await tx.transaction(async () => {})
      await tx.query("ROLLBACK")
    }),
}

/** A server error: its message and fields are the server's. */
const REFUSED: Readonly<Record<string, Case>> = {
  "a statement that is wrong": (db) => db.query(WRONG),
  "one of a statement that is wrong": (db) => db.one(WRONG),
  "copyFrom into what is not there": (db) => db.copyFrom("COPY nowhere FROM STDIN", ["x\n"]),
  "copyTo of what is not there": (db) => collected(db.copyTo("COPY nowhere TO STDOUT")),
  "stream of a statement that is wrong": (db) => collected(db.stream(WRONG)),
  "transaction with a statement that is wrong": (db) => db.transaction((tx) => tx.query(WRONG)),
}

/** COPY FROM, and the session afterwards. */
async function copied(db: Queryable, source: CopySource, options?: CopyFromOptions): Promise<unknown> {
  await db.query("CREATE TABLE IF NOT EXISTS pgsd_queryable (a int4, b text)")
  const outcome = await outcomeOf(() => db.copyFrom(COPY_IN, source, options))
  // Inside a transaction a failed COPY fails the transaction.
  return [
    outcome,
    await db.query(ONE).then(
      () => "usable",
      (error: { sqlState?: string }) => (error.sqlState === "25P02" ? "usable" : error),
    ),
  ]
}

/** Yields each part in a later turn; throws errors, calls functions, awaits promises. */
async function* later(...parts: readonly (CopyPart | Error | Promise<never> | (() => void))[]): AsyncGenerator<CopyPart> {
  for (const part of parts) {
    await setImmediate()
    if (part instanceof Error) throw part
    if (part instanceof Promise) await part
    else if (typeof part === "function") part()
    else yield part
  }
}

async function collected<T>(rows: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const taken: T[] = []
  for await (const row of rows) if (taken.push(row) >= most) break
  return taken
}

type Run = (run: Case) => Promise<unknown>

/** Where SQL is sent: calls `all` with a function that runs a case there. */
const OBJECTS: Readonly<
  Record<string, (driver: Driver, at: PostgresServer | undefined, all: (on: Run) => Promise<void>) => Promise<void>>
> = {
  pool: (driver, at, all) => withPool(driver, at, (pool) => all((run) => run(pool))),
  lease: (driver, at, all) => withPool(driver, at, (pool) => pool.use((lease) => all((run) => run(lease)))),
  session: (driver, at, all) => withConnection(driver, at, (connection) => all((run) => run(sessionOf(connection)))),
  connector: (driver, at, all) =>
    withConnection(driver, at, (connection) => {
      const connector = createDatabaseConnector(connection)
      return all((run) => run(connector))
    }),
  transaction: (driver, at, all) => withPool(driver, at, (pool) => all((run) => inside(pool, run))),
  savepoint: (driver, at, all) => withPool(driver, at, (pool) => all((run) => inside(pool, (tx) => inside(tx, run)))),
}

/** Runs a case in a transaction of its own, which is rolled back. */
async function inside(db: Queryable, run: Case): Promise<unknown> {
  let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
  await db
    .transaction(async (tx) => {
      outcome = await run(tx).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      throw new Error("undone")
    })
    .catch(() => {})
  if (outcome === undefined) throw new Error("the case did not run")
  if ("error" in outcome) throw outcome.error
  return outcome.value
}

async function withPool(driver: Driver, at: PostgresServer | undefined, run: (pool: ConnectionPool) => Promise<void>): Promise<void> {
  await using pool = createConnectionPool({ driver, connection: at?.connection(), label: LABEL, max: 1 })
  await run(pool)
}

async function withConnection(
  driver: Driver,
  at: PostgresServer | undefined,
  run: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await driver.connect(at?.target({ label: LABEL }))
  try {
    await run(connection)
  } finally {
    await connection.close()
  }
}

const LABEL = "the database"

/** The outcome of a call. The label of an embedded database is its own unless another was given. */
async function outcomeOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await run() }
  } catch (error) {
    if (!isPgsdError(error)) return { thrown: (error as Error).message }
    const { name, code, message, label, retryable, sqlState } = error
    expect(label, `${code}: ${message}`).toBeDefined()
    const said = sqlState === undefined ? message.replace(label!, "<label>") : sqlState
    return {
      name,
      code,
      said,
      retryable,
      labelled: label === LABEL || label!.startsWith("pglite:") || label === "fake" || label === "mock",
    }
  }
}

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

/** The first outcome, which all others must equal. */
const SCRIPT = {
  [ONE]: [{ n: 1 }],
  [THREE]: [{ n: 1 }, { n: 2 }, { n: 3 }],
  [NONE]: { rows: [], fields: [{ name: "n", typeId: 23, tableId: 0, columnId: 0 }] },
  [PARAMETER]: [{ n: 7 }],
  [COPY_OUT]: { copy: ["1\tx\n2\t\\N\n"] },
  "COPY nowhere FROM STDIN": { error: { sqlState: "42P01" } },
  "COPY nowhere TO STDOUT": { error: { sqlState: "42P01" } },
  [WRONG]: { error: { sqlState: "42P01" } },
}

const ALL = Object.entries({ ...CASES, ...REFUSED })
const expected = new Map<string, unknown>()

beforeAll(async () => {
  await OBJECTS.session!(pgDriver(), server, async (on) => {
    for (const [name, run] of ALL) expected.set(name, await outcomeOf(() => on(run)))
  })
})

const DRIVERS: Readonly<Record<string, () => readonly [Driver, PostgresServer | undefined]>> = {
  pg: () => [pgDriver(), server],
  postgres: () => [postgresDriver(), server],
  pglite: () => [pgliteDriver(), undefined],
  fake: () => [scripted(), undefined],
}

function scripted(): Driver {
  const fake = fakeDriver()
  for (const [sql, answer] of Object.entries(SCRIPT)) fake.answer(sql, answer)
  return fake
}

describe.each(Object.entries(DRIVERS))("over %s", (_name, open) => {
  let driver: Driver
  let at: PostgresServer | undefined
  beforeAll(async () => {
    ;[driver, at] = open()
    // PGlite starts slowly, on a busy machine more slowly than a pool waits.
    await withConnection(driver, at, async () => {})
  }, 120_000)
  afterAll(() => (driver as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.())

  test.each(Object.entries(OBJECTS))("a %s gives the same results", async (object, on) => {
    await on(driver, at, async (runOn) => {
      for (const [name, run] of ALL)
        if (EXCEPTIONS[name]?.[object] !== true) expect(await outcomeOf(() => runOn(run)), name).toEqual(expected.get(name))
    })
  })
})

test.each(ALL)("the mock gives the same result: %s", async (name, run) => {
  expect(await outcomeOf(() => run(mockDatabaseConnector({ rows: SCRIPT })))).toEqual(expected.get(name))
})

test("the first outcomes are the intended ones", () => {
  expect(expected.get("one")).toEqual({ value: { n: 1 } })
  expect(expected.get("a statement that is wrong")).toMatchObject({ name: "QueryError", said: "42P01", labelled: true })
  expect(expected.get("transaction whose handle is kept")).toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
})

/** On a transaction: a savepoint takes only signal and timeoutMs; it cannot be released after an error; ROLLBACK ends the outer transaction. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  "transaction with an unknown option": { transaction: true, savepoint: true },
  "an isolation level that does not exist": { transaction: true, savepoint: true },
  "an error that was caught inside": { transaction: true, savepoint: true },
  "COMMIT sent as a statement": { transaction: true, savepoint: true },
}

test.each(["pg", "postgres"])("rowMode array keeps two columns of one name, on every object over %s", async (name) => {
  const [driver, at] = DRIVERS[name]!()
  for (const [object, on] of Object.entries(OBJECTS))
    await on(driver, at, async (runOn) => {
      const rows = await runOn(async (db) => (await db.query(TWICE, [], { rowMode: "array" })).rows)
      expect(rows, object).toEqual([[1, 2]])
    })
})
