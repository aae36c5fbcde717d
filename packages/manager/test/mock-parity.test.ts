import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import type { Queryable } from "@pgsd/driver/session"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { mockDatabaseConnector } from "@pgsd/testing"
import { postgresServer } from "@pgsd/testing/server"
import { describe, expect, expectTypeOf, test } from "vitest"

const ONE = "SELECT 1 AS n"
const THREE = "SELECT n FROM generate_series(1, 3) n"
const NONE = "SELECT 1 AS n WHERE false"
const WRONG = "SELECT * FROM nowhere"
const three = [{ n: 1 }, { n: 2 }, { n: 3 }]

const mock = () =>
  mockDatabaseConnector({
    rows: { [ONE]: [{ n: 1 }], [THREE]: three, [NONE]: { rows: [] }, [WRONG]: { error: { sqlState: "42P01" } } },
    schemas: ["app"],
  })

/** What a call came to, in words that say the same for a mock and a server. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await call() }
  } catch (error) {
    if (!isPgsdError(error)) return { thrown: error instanceof Error ? error.message : error }
    return {
      name: error.name,
      code: error.code,
      retryable: error.retryable,
      hasLabel: error.label !== undefined,
      ...(error.sqlState !== undefined && { sqlState: error.sqlState }),
    }
  }
}

async function all<T>(rows: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const taken: T[] = []
  for await (const row of rows) if (taken.push(row) >= most) break
  return taken
}

const keysOf = (value: object) => Object.keys(value).sort()

/** Each is run with a connector of its own; what it returns must be the same for every connector. */
const BEHAVIOURS: Readonly<Record<string, (db: DatabaseConnector) => Promise<unknown>>> = {
  "a query's rows, count, command and field names": async (db) => {
    const { rows, rowCount, command, fields } = await db.query(THREE)
    return { rows, rowCount, command, fields: fields.map((field) => field.name) }
  },
  "a query without rows": async (db) => (await db.query(NONE)).rows,
  "one row": (db) => db.one(ONE),
  "one of none": (db) => outcome(() => db.one(NONE)),
  "one of three": (db) => outcome(() => db.one(THREE)),
  "a server's error, and the status after it": async (db) => [await outcome(() => db.query(WRONG)), db.status],
  "maxRows that suffices": async (db) => (await db.query(THREE, undefined, { maxRows: 3 })).rows,
  "maxRows that does not": (db) => outcome(() => db.query(THREE, undefined, { maxRows: 2 })),
  "an option that does not exist": (db) => outcome(() => db.query(ONE, undefined, { maxrows: 2 } as object)),
  "a time-out of 0": (db) => outcome(() => db.query(ONE, undefined, { timeoutMs: 0 })),
  "a signal that is aborted": (db) => outcome(() => db.query(ONE, undefined, { signal: AbortSignal.abort(new Error("mine")) })),
  "a transaction's value and the status around it": async (db) => {
    const seen: string[] = [db.status]
    const value = await db.transaction(async (tx) => {
      seen.push(tx.status)
      return tx.one(ONE)
    })
    return [value, ...seen, db.status]
  },
  "a transaction whose work throws": async (db) => [
    await outcome(() =>
      db.transaction(async () => {
        throw new Error("mine")
      }),
    ),
    db.status,
  ],
  "a savepoint that fails inside a transaction that goes on": (db) =>
    db.transaction(async (tx) => [await outcome(() => tx.transaction((inner) => inner.query(WRONG))), tx.status, await tx.one(ONE)]),
  "an error that was swallowed inside a transaction": async (db) => [
    await outcome(() =>
      db.transaction(async (tx) => {
        await tx.query(WRONG).catch(() => {})
      }),
    ),
    db.status,
  ],
  "a transaction beside a transaction": (db) => db.transaction(() => outcome(() => db.transaction(async () => {}))),
  "a snapshot beside a transaction": (db) => db.transaction(() => outcome(() => db.readOnlySnapshot(async () => {}))),
  "an option of the outer transaction on a savepoint": (db) =>
    db.transaction((tx) => outcome(() => tx.transaction(async () => {}, { readOnly: true } as never))),
  "two savepoints at once": (db) =>
    db.transaction(async (tx) => {
      const both = [tx.transaction((inner) => inner.one(ONE)), outcome(() => tx.transaction((inner) => inner.one(ONE)))]
      return Promise.all(both)
    }),
  "an isolation level that does not exist": (db) => outcome(() => db.transaction(async () => {}, { isolation: "snapshot" as never })),
  "a connector that outlives its transaction": async (db) => {
    let kept: Queryable | undefined
    await db.transaction(async (tx) => {
      kept = tx
    })
    return outcome(() => kept!.query(ONE))
  },
  "a snapshot's value": (db) => db.readOnlySnapshot((snapshot) => snapshot.one(ONE)),
  "a stream to its end": (db) => all(db.stream(THREE, undefined, { batchSize: 2 })),
  "a stream that is left early": async (db) => [await all(db.stream(THREE, undefined, { batchSize: 2 }), 1), db.status],
  "a stream of a statement that is wrong": async (db) => [await outcome(() => all(db.stream(WRONG))), db.status],
  "a stream beside an open stream": async (db) => {
    const first = db.stream(THREE, undefined, { batchSize: 1 })
    await first.next()
    const second = await outcome(() => all(db.stream(THREE)))
    await first[Symbol.asyncDispose]()
    return second
  },
  "a stream inside a transaction": (db) => db.transaction((tx) => all(tx.stream(THREE))),
  "a stream that outlives its transaction": async (db) => {
    let kept: AsyncIterableIterator<unknown> | undefined
    await db.transaction(async (tx) => {
      kept = tx.stream(THREE, undefined, { batchSize: 1 })
      await kept.next()
    })
    return [await outcome(() => kept!.next()), await kept!.return?.(), await db.one(ONE), db.status]
  },
  "a signal that fires in a nested transaction": (db) => {
    const stop = new AbortController()
    const nested = (tx: Queryable) => tx.transaction(async () => stop.abort(new Error("enough")), { signal: stop.signal })
    return db.transaction(async (tx) => [await nested(tx).catch((error: Error) => error.message), tx.status])
  },
  "a stream with a batch of 0": (db) => outcome(async () => all(db.stream(THREE, undefined, { batchSize: 0 }))),
  "the keys of a version": async (db) => {
    const { text, number, major, minor, patch } = await db.getVersion()
    return [typeof text, typeof number, typeof major, typeof minor, typeof patch]
  },
  "the keys of a flavour": async (db) => {
    const flavour = await db.getFlavour()
    return [typeof flavour.flavour, flavour.addOns, typeof flavour.version.number]
  },
  "permissions that suffice": async (db) => {
    const report = await db.checkPermissions({ schemas: ["app"], require: "usage-and-select" })
    const { usage, select, sufficientFor, missingSchemas, grants } = report
    return { usage, select, sufficientFor, missingSchemas, grants, schemas: report.schemas.map((schema) => schema.name) }
  },
  "the shape of a permission report": async (db) => {
    const report = await db.checkPermissions({ schemas: ["app"] })
    return [report, report.role, report.database, report.schemas[0]!, report.schemas[0]!.relations, report.readOnly].map(keysOf)
  },
  "a schema that is not there": async (db) => {
    const { usage, select, missingSchemas } = await db.checkPermissions({ schemas: ["app", "nowhere"] })
    return [usage, select, missingSchemas, await db.verifySchemaAccess("nowhere")]
  },
  "a schema that may be used": (db) => db.verifySchemaAccess("app"),
  "a permission option that does not exist": (db) => outcome(() => db.checkPermissions({ schema: "app" } as object)),
  "a preflight option that does not exist": (db) => outcome(() => db.preflight({ tls: true } as object)),
  "a snapshot option that does not exist": (db) => outcome(() => db.readOnlySnapshot(async () => {}, { statementTimeout: 1 } as object)),
  "the shape of a preflight report": async (db) => {
    const report = await db.preflight({ schemas: ["app"] })
    return [
      report.reachable,
      keysOf(report).filter((key) => key !== "error"),
      keysOf(report.capacity!),
      keysOf(report.timeouts!),
      report.support,
    ]
  },
  "the proof that read-only is": async (db) => (await db.proveReadOnly()).proven,
  "the connection test, before and after the end": async (db) => {
    const before = await db.testConnection()
    await db.close()
    return [before, await db.testConnection(), db.status]
  },
  "every call after the end": async (db) => {
    await Promise.all([db.close(), db.close()])
    const calls: (() => Promise<unknown>)[] = [
      () => db.query(ONE),
      () => db.one(ONE),
      () => db.transaction(async () => {}),
      () => db.readOnlySnapshot(async () => {}),
      () => all(db.stream(ONE)),
      () => db.getVersion(),
      () => db.getFlavour(),
      () => db.checkPermissions(),
      () => db.verifySchemaAccess("app"),
      () => db.preflight(),
      () => db.proveReadOnly(),
    ]
    return Promise.all(calls.map((call) => outcome(call)))
  },
}

const SET_UP = "CREATE SCHEMA app; CREATE TABLE app.orders (id int)"

test("the mock's type is the real interface's", () => {
  const connector: DatabaseConnector = mock()
  expectTypeOf(mock()).toExtend<DatabaseConnector>()
  expect(connector.status).toBe("idle")
})

describe("a mock connector behaves as the real one does", () => {
  test.each(Object.entries(BEHAVIOURS))("over PGlite: %s", async (_, behaviour) => {
    const db = createDatabaseConnector(await (await pglite()).connect())
    const real = await behaviour(db)
    await db.close()
    expect(await behaviour(mock())).toEqual(real)
  })

  test("over a real server and pg: all of it, with a role that has what a mock claims", async () => {
    await using server = await postgresServer({ users: [{ name: "reader", password: "pw" }] })
    await server.sql(`${SET_UP}; GRANT USAGE ON SCHEMA app TO reader; GRANT SELECT ON app.orders TO reader`)
    const driver = pgDriver()
    for (const [fact, behaviour] of Object.entries(BEHAVIOURS)) {
      const db = createDatabaseConnector(await driver.connect(server.target({ user: "reader", password: "pw" })))
      const real = await behaviour(db)
      await db.close()
      const said = await behaviour(mock())
      expect(withoutAddress(said), fact).toEqual(withoutAddress(real))
    }
  })
})

// A mock has no host, so what a report says of one is not there.
function withoutAddress(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

let embedded: Promise<ReturnType<typeof pgliteDriver>> | undefined

function pglite() {
  embedded ??= (async () => {
    const driver = pgliteDriver()
    const connection = await driver.connect()
    await connection.query(SET_UP)
    await connection.close()
    return driver
  })()
  return embedded
}
