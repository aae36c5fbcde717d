import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { mockDatabaseConnector } from "@pgsd/testing"
import { postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest"

const ONE = "SELECT 1 AS n"

const mock = () => mockDatabaseConnector({ rows: { [ONE]: [{ n: 1 }] }, schemas: ["app"] })

/** The outcome of a call, in terms that are equal for a mock and a server. */
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

const keysOf = (value: object) => Object.keys(value).sort()

/** Each gets its own connector; its result must be the same for every connector. Statements are compared in queryable.test.ts. */
const BEHAVIOURS: Readonly<Record<string, (db: DatabaseConnector) => Promise<unknown>>> = {
  "a snapshot's value": (db) => db.readOnlySnapshot((snapshot) => snapshot.one(ONE)),
  "a snapshot beside a transaction": (db) => db.transaction(() => outcome(() => db.readOnlySnapshot(async () => {}))),
  "questions inside a transaction and a savepoint of it": (db) =>
    db.transaction(async (tx) => [
      (await tx.checkPermissions({ schemas: ["app"] })).select,
      await tx.transaction((inner) => inner.verifySchemaAccess("app")),
    ]),
  "questions that outlive their transaction": async (db) => {
    const kept = await db.transaction((tx) => tx)
    return Promise.all([outcome(() => kept.getVersion()), outcome(() => kept.checkPermissions())])
  },
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
      () => db.maybeOne(ONE),
      () => db.stream(ONE).next(),
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

test("the mock has the type of the real interface", () => {
  const connector: DatabaseConnector = mock()
  expectTypeOf(mock()).toExtend<DatabaseConnector>()
  expect(connector.status).toBe("idle")
})

describe("a mock connector behaves like the real one", () => {
  let embedded: ReturnType<typeof pgliteDriver>
  beforeAll(async () => {
    embedded = pgliteDriver()
    const connection = await embedded.connect()
    await connection.query(SET_UP)
    await connection.close()
  }, 120_000)
  afterAll(() => embedded.close())

  test.each(Object.entries(BEHAVIOURS))("over PGlite: %s", async (_, behaviour) => {
    await using db = createDatabaseConnector(await embedded.connect())
    expect(await behaviour(mock())).toEqual(await behaviour(db))
  })

  test("over a real server and pg: all cases, with a role that has the mock's permissions", async () => {
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

// A mock has no host, so the report has no address.
function withoutAddress(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
