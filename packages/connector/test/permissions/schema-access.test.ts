import { createDatabaseConnector } from "@pgsd/connector"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { socketDriver } from "../support/subjects.ts"

describe("verifySchemaAccess has three answers", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ hba: ["local all all trust", "host all all 127.0.0.1/32 trust"] })
    await server.sql(`
      CREATE ROLE reader LOGIN;
      CREATE SCHEMA closed; CREATE TABLE closed.t (n int);
      CREATE SCHEMA half; CREATE TABLE half.t (n int); GRANT USAGE ON SCHEMA half TO reader;
      CREATE SCHEMA open; CREATE TABLE open.t (n int); GRANT USAGE ON SCHEMA open TO reader; GRANT SELECT ON open.t TO reader`)
  })
  afterAll(() => server.close())

  test.each<[schema: string, expected: object]>([
    ["nowhere", { exists: false, usage: false, select: false, ok: false, grants: [] }],
    ["Open", { exists: false, ok: false }],
    [
      "closed",
      {
        exists: true,
        usage: false,
        select: false,
        ok: false,
        lacking: { names: ["t"], count: 1 },
        grants: ['GRANT USAGE ON SCHEMA "closed" TO "reader";', 'GRANT SELECT ON ALL TABLES IN SCHEMA "closed" TO "reader";'],
      },
    ],
    ["half", { exists: true, usage: true, select: false, ok: true, grants: ['GRANT SELECT ON ALL TABLES IN SCHEMA "half" TO "reader";'] }],
    ["open", { exists: true, usage: true, select: true, ok: true, grants: [] }],
    ["public", { exists: true, usage: true, ok: true }],
    ["pg_catalog", { exists: true, usage: true, ok: true }],
    ["x'; DROP SCHEMA open CASCADE; --", { exists: false }],
  ])("%s", async (schema, expected) => {
    const db = createDatabaseConnector(await socketDriver("pg").connect(server.target({ user: "reader" })))
    expect(await db.verifySchemaAccess(schema)).toMatchObject({ schema, ...expected })
    await db.close()
  })

  test("works inside a read-only snapshot and a transaction begun by hand", async () => {
    const db = createDatabaseConnector(await socketDriver("postgres").connect(server.target({ user: "reader" })))
    expect(await db.readOnlySnapshot((snapshot) => snapshot.verifySchemaAccess("open"))).toMatchObject({ ok: true })
    const inside = await db.readOnlySnapshot((snapshot) => snapshot.checkPermissions({ schemas: ["open"] }))
    expect(inside).toMatchObject({ usage: true, select: true, readOnly: { transaction: true, byDefault: false } })
    await expect(db.checkPermissions({ schemas: "open" as never })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(db.checkPermissions({ require: "all" as never })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await db.close()
  })
})
