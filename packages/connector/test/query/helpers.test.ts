import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { PgsdError } from "@pgsd/driver"
import { QueryTimeoutError } from "@pgsd/driver/calls"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"

// Everything that a connector adds to a session: the options are checked alike, and every statement respects the timeout.

type Helper = (db: DatabaseConnector, options: object) => Promise<unknown>

const QUESTIONS: Readonly<Record<string, Helper>> = {
  getVersion: (db, options) => db.getVersion(options),
  getFlavour: (db, options) => db.getFlavour(options),
  checkPermissions: (db, options) => db.checkPermissions(options),
  verifySchemaAccess: (db, options) => db.verifySchemaAccess("public", options),
  proveReadOnly: (db, options) => db.proveReadOnly(options),
  readOnlySnapshot: (db, options) => db.readOnlySnapshot((snapshot) => snapshot.query("SELECT 1"), options),
}
const HELPERS: Readonly<Record<string, Helper>> = {
  ...QUESTIONS,
  testConnection: (db, options) => db.testConnection(options),
  preflight: (db, options) => db.preflight(options),
}
const IN_TRANSACTIONS = ["getVersion", "getFlavour", "checkPermissions", "verifySchemaAccess"] as const

/** A server that reports no version, so that it has to be queried, and never answers. */
async function silent() {
  const fake = fakeDriver()
  fake.answer(() => true, { delayMs: Number.POSITIVE_INFINITY })
  const connection = await fake.connect({ host: "db", user: "reader", label: "silent" })
  Object.defineProperty(connection, "serverParameters", { value: {} })
  return { fake, connection, db: createDatabaseConnector(connection) }
}

describe.each(Object.entries(HELPERS))("%s", (name, help) => {
  test.each<[string, unknown]>([
    ["null", null],
    ["a string", "public"],
    ["an unknown one", { timeout: 5 }],
    ["a time of 0", { timeoutMs: 0 }],
    ["a controller for its signal", { signal: new AbortController() }],
  ])("refuses invalid options, with the database's label: %s", async (_, options) => {
    const { fake, db } = await silent()
    await expect(help(db, options as object)).rejects.toMatchObject({ name: "PgsdError", code: "PGSD_INVALID_OPTION", label: "silent" })
    expect(fake.queries).toEqual([])
  })

  test("is refused when the connector is closed; testConnection rejects instead of answering false", async () => {
    const { db } = await silent()
    await db.close()
    if (name === "testConnection") expect(await help(db, {})).toBe(false)
    else await expect(help(db, {})).rejects.toMatchObject({ code: "PGSD_CONNECTOR_CLOSED", label: "silent" })
  })

  test("rejects with the reason of its signal at once", async () => {
    const { fake, db } = await silent()
    const stop = new AbortController()
    const asked = help(db, { signal: stop.signal }).catch((error: unknown) => error)
    await expect.poll(() => fake.queries.length).toBe(1)
    const reason = new Error("enough")
    stop.abort(reason)
    expect(await asked).toBe(reason)
  })
})

describe.each(Object.entries(QUESTIONS))("%s", (_, ask) => {
  test("of an unresponsive server ends after timeoutMs", async () => {
    const { db } = await silent()
    const error = await ask(db, { timeoutMs: 20 }).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(QueryTimeoutError)
    expect(error).toMatchObject({ code: "PGSD_QUERY_TIMEOUT", label: "silent", timeoutMs: 20 })
  })
})

test("preflight of an unresponsive server is a report after timeoutMs", async () => {
  const { db } = await silent()
  expect(await db.preflight({ timeoutMs: 20 })).toMatchObject({ ok: false, error: { code: "PGSD_PREFLIGHT_TIMEOUT", label: "silent" } })
})

test.each(IN_TRANSACTIONS)("%s works inside a transaction, and not when that has ended", async (name) => {
  const fake = fakeDriver()
  const db = createDatabaseConnector(await fake.connect())
  const kept = await db.transaction(async (tx) => tx)
  const ask = QUESTIONS[name] as (on: object, options: object) => Promise<unknown>
  await expect(ask(kept, {})).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED", label: "fake" })
  expect(fake.queries.map((query) => query.sql)).toEqual(["BEGIN", "COMMIT"])
  await db.close()
})

test("testConnection does not answer true without a query: a transaction is open", async () => {
  const fake = fakeDriver()
  const db = createDatabaseConnector(await fake.connect())
  await db.transaction(() => expect(db.testConnection()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" }))
  expect(await db.testConnection()).toBe(true)
  await db.close()
})

describe("connectors of one connection", () => {
  test("share its session: a transaction of one excludes the other, and what one has learned the other knows", async () => {
    const fake = fakeDriver()
    fake.answer(/AS version_text/, [
      { version_text: "PostgreSQL 18.0", version_number: "180000", cockroachdb: null, alloydb: null, add_ons: [] },
    ])
    const connection = await fake.connect()
    const [one, other] = [createDatabaseConnector(connection), createDatabaseConnector(connection)]
    await one.transaction(() => expect(other.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" }))
    expect((await one.getFlavour()).flavour).toBe("postgresql")
    const sent = fake.queries.length
    expect((await other.getFlavour()).flavour).toBe("postgresql")
    expect(fake.queries).toHaveLength(sent)
    await connection.close()
  })

  test("a connector can be created over a connector", async () => {
    const fake = fakeDriver()
    const inner = createDatabaseConnector(await fake.connect())
    const outer = createDatabaseConnector(inner)
    await outer.transaction(() => expect(inner.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" }))
    await outer.close()
    expect([inner.status, outer.status]).toEqual(["closed", "closed"])
  })
})

test("a closed connector does not affect the connection, which may be shared", async () => {
  const fake = fakeDriver()
  const connection = await fake.connect()
  const db = createDatabaseConnector(connection, { onDispose: () => {} })
  await db.close()
  const refused = expect.objectContaining({ code: "PGSD_CONNECTOR_CLOSED", label: "fake" })
  const members: readonly (() => unknown)[] = [
    () => db.onClose(() => {}),
    () => db.onNotice(() => {}),
    () => db.onNotification(() => {}),
    () => db.ref?.(),
    () => db.unref?.(),
    () => db.native,
    () => db.serverParameters,
  ]
  for (const member of members) expect(member).toThrow(refused)
  db.destroy()
  expect([db.status, db.info.label, connection.status]).toEqual(["closed", "fake", "idle"])
  await connection.close()
})

test("the reason of the caller's own signal is passed on unchanged, even if it is a PgsdError", async () => {
  const reason = new PgsdError("PGSD_MANAGER_CLOSED", "closed", { label: "mine" })
  const calls: readonly Helper[] = [
    (db, options) => db.query("SELECT 1", undefined, options),
    (db, options) => db.stream("SELECT 1", undefined, options).next(),
    (db, options) => db.transaction((tx) => tx.query("SELECT 1"), options),
    ...Object.values(HELPERS),
  ]
  for (const call of calls) {
    const { fake, db } = await silent()
    const stop = new AbortController()
    const asked = call(db, { signal: stop.signal }).catch((error: unknown) => error)
    await expect.poll(() => fake.queries.length).toBeGreaterThan(0)
    stop.abort(reason)
    expect(await asked).toBe(reason)
    await db.close()
    expect(reason.label).toBe("mine")
  }
})
