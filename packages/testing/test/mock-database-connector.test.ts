import { mockDatabaseConnector } from "@pgsd/testing"
import { expect, test } from "vitest"

test("rows answer by text, pattern and condition, the first match wins; answer() overrides", async () => {
  const connector = mockDatabaseConnector({
    rows: [
      ["SELECT 1", [{ one: 1 }]],
      [/FROM users WHERE id = \$1/, ({ params }) => [{ id: params?.[0] }]],
      [/./, []],
    ],
  })
  expect((await connector.query("SELECT 1")).rows).toEqual([{ one: 1 }])
  expect(await connector.one("SELECT id FROM users WHERE id = $1", [7])).toEqual({ id: 7 })
  connector.answer("SELECT 1", [{ one: 2 }], { times: 1 })
  expect(await connector.one("SELECT 1")).toEqual({ one: 2 })
  expect(await connector.one("SELECT 1")).toEqual({ one: 1 })
  await expect(connector.one("SELECT nothing")).rejects.toMatchObject({ code: "PGSD_NOT_ONE_ROW" })
  expect(connector.calls.map((call) => call.method)).toEqual(["query", "one", "one", "one", "one"])
  expect(connector.calls[1]?.args).toEqual(["SELECT id FROM users WHERE id = $1", [7]])
})

test("the version comes from the option, as data and as a server parameter", async () => {
  expect(await mockDatabaseConnector().getVersion()).toMatchObject({ text: "14.0", number: 140_000, major: 14, minor: 0 })
  const old = mockDatabaseConnector({ version: "9.6.24" })
  expect(await old.getVersion()).toMatchObject({ number: 90_624, major: 9, minor: 6, patch: 24 })
  expect(old.connection.serverParameters.server_version).toBe("9.6.24")
  expect(() => mockDatabaseConnector({ version: "newest" })).toThrow('version "newest" of a mock is not a PostgreSQL version')
})

test("permissions are granted unless configured otherwise, and a missing one is a finding with its GRANT", async () => {
  expect(await mockDatabaseConnector().checkPermissions({ require: "usage-and-select" })).toMatchObject({
    ok: true,
    usage: true,
    select: true,
  })
  const poor = mockDatabaseConnector({ permissions: { select: false }, info: { user: "reader" } })
  expect(await poor.checkPermissions()).toMatchObject({ ok: true, usage: true, select: false })
  expect(await poor.checkPermissions({ require: "usage-and-select" })).toMatchObject({
    ok: false,
    sufficientFor: { catalogReading: true, usageAndSelect: false },
    grants: ['GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "reader";'],
  })
  expect(await poor.checkPermissions({ schemas: ["public", "gone"] })).toMatchObject({ usage: false, missingSchemas: ["gone"] })
  expect(await poor.verifySchemaAccess("public")).toMatchObject({ exists: true, usage: true, select: false, ok: true })
  expect(await poor.verifySchemaAccess("gone")).toMatchObject({ exists: false, ok: false })
  expect(await poor.preflight()).toMatchObject({ ok: true, reachable: true, permissions: { select: false }, support: { level: "full" } })
})

test("a transaction commits, rolls back, nests as savepoints and is isolated from others", async () => {
  const connector = mockDatabaseConnector({ rows: { "SELECT fails": { error: { sqlState: "42703" } } } })
  const seen: string[] = []
  connector.answer(({ sql }) => {
    seen.push(sql)
    return false
  }, [])
  const outcome = await connector.transaction(async (transaction) => {
    await expect(connector.transaction(async () => {})).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    await expect(transaction.transaction((inner) => inner.query("SELECT fails"))).rejects.toMatchObject({ sqlState: "42703" })
    await transaction.query("SELECT 1")
    return transaction.status
  })
  expect(outcome).toBe("transaction")
  expect(seen).toContain('SAVEPOINT "pgsd_savepoint_1"')
  expect(seen.at(-1)).toBe("COMMIT")
  await expect(connector.transaction((transaction) => transaction.query("SELECT fails"))).rejects.toMatchObject({ sqlState: "42703" })
  expect([seen.at(-1), connector.status]).toEqual(["ROLLBACK", "idle"])
  const swallowed = connector.transaction((transaction) => transaction.query("SELECT fails").catch(() => {}))
  await expect(swallowed).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
})

test("serialization failures are retried as often as requested", async () => {
  const connector = mockDatabaseConnector()
  connector.answer("UPDATE", { error: { sqlState: "40001" } }, { times: 2 })
  let runs = 0
  const work = () =>
    connector.transaction(
      (transaction) => {
        runs += 1
        return transaction.query("UPDATE")
      },
      { retries: 1 },
    )
  await expect(work()).rejects.toMatchObject({ code: "PGSD_SERIALIZATION_FAILURE" })
  await expect(work()).resolves.toMatchObject({ command: "UPDATE" })
  expect(runs).toBe(3)
})

test("the connector of a transaction ends with it", async () => {
  const connector = mockDatabaseConnector()
  const escaped = await connector.readOnlySnapshot(async (snapshot) => snapshot)
  await expect(escaped.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
})

test("a stream yields row by row, frees the connection when left early, and refuses a second one", async () => {
  const connector = mockDatabaseConnector({ rows: { numbers: [{ n: 1 }, { n: 2 }, { n: 3 }] } })
  const all: number[] = []
  for await (const { n } of connector.stream<{ n: number }>("numbers", [], { batchSize: 2 })) all.push(n)
  expect(all).toEqual([1, 2, 3])
  for await (const { n } of connector.stream<{ n: number }>("numbers")) {
    expect(n).toBe(1)
    await expect(connector.stream("numbers").next()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    break
  }
  await expect(connector.transaction(async () => "free")).resolves.toBe("free")
})

test("maxRows, timeoutMs and signals end a query as with a real connector", async () => {
  const connector = mockDatabaseConnector({ rows: { many: [{}, {}, {}], slow: { delayMs: Number.POSITIVE_INFINITY } } })
  await expect(connector.query("many", [], { maxRows: 2 })).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS", maxRows: 2 })
  await expect(connector.query("slow", [], { timeoutMs: 5 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 5 })
  const reason = new Error("enough")
  await expect(connector.query("many", [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  await expect(connector.testConnection({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  // @ts-expect-error: the option is misspelt
  await expect(connector.query("many", [], { maxrows: 2 })).rejects.toMatchObject({ hint: 'did you mean "maxRows"?' })
})

test("close() is idempotent, calls the release hook, and ends the connector", async () => {
  let given = 0
  const lent = mockDatabaseConnector({
    onDispose: () => {
      given += 1
    },
  })
  await Promise.all([lent.close(), lent.close(), lent[Symbol.asyncDispose]()])
  expect([given, lent.status, lent.connection.status]).toEqual([1, "closed", "idle"])
  const own = mockDatabaseConnector()
  await own.close()
  expect([own.status, own.connection.status, await own.testConnection()]).toEqual(["closed", "closed", false])
  await expect(own.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTOR_CLOSED" })
})

test("calls inside transactions and savepoints are recorded as made, each once", async () => {
  const connector = mockDatabaseConnector({ rows: { numbers: [{ n: 1 }] } })
  await connector.transaction(async (tx) => {
    await tx.maybeOne("numbers")
    for await (const _ of tx.stream("numbers")) await tx.getVersion()
    await tx.transaction((inner) => inner.one("numbers", [], { maxRows: 1 }))
  })
  await connector.readOnlySnapshot((snapshot) => snapshot.checkPermissions())
  expect(connector.calls.map((call) => call.method)).toEqual([
    "transaction",
    "maybeOne",
    "stream",
    "getVersion",
    "transaction",
    "one",
    "readOnlySnapshot",
    "checkPermissions",
  ])
  expect(connector.calls[5]?.args).toEqual(["numbers", [], { maxRows: 1 }])
})

test("a transaction that has ended answers nothing about its server", async () => {
  const ended = await mockDatabaseConnector().transaction((tx) => tx)
  await expect(ended.getVersion()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
  await expect(ended.checkPermissions()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
})

test("an open transaction or savepoint refuses what would send statements, as with a real connector", async () => {
  const connector = mockDatabaseConnector()
  const inUse = { code: "PGSD_TRANSACTION_IN_USE", label: "mock" }
  await connector.transaction(async (tx) => {
    await expect(connector.testConnection()).rejects.toMatchObject(inUse)
    await expect(connector.checkPermissions()).rejects.toMatchObject(inUse)
    await expect(connector.verifySchemaAccess("public")).rejects.toMatchObject(inUse)
    await expect(connector.proveReadOnly()).rejects.toMatchObject(inUse)
    await tx.transaction(async (savepoint) => {
      await expect(tx.checkPermissions()).rejects.toMatchObject(inUse)
      await expect(tx.verifySchemaAccess("public")).rejects.toMatchObject(inUse)
      expect(await savepoint.checkPermissions()).toMatchObject({ ok: true })
    })
    expect(await tx.verifySchemaAccess("public")).toMatchObject({ ok: true })
  })
  expect(await connector.testConnection()).toBe(true)
})

test("names of schemas are checked, as by a real connector", async () => {
  const connector = mockDatabaseConnector()
  const refused = { code: "PGSD_INVALID_OPTION", label: "mock" }
  for (const schema of [5, "", undefined]) await expect(connector.verifySchemaAccess(schema as never)).rejects.toMatchObject(refused)
  await expect(connector.checkPermissions({ schemas: 5 as never })).rejects.toMatchObject(refused)
})

test("a lost connection is lost for the connector", async () => {
  const connector = mockDatabaseConnector()
  connector.connection.kill({ sqlState: "57P01" })
  await expect(connector.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  expect(await connector.testConnection()).toBe(false)
})
