import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import type { Connection } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { readCatalog } from "../src/catalog/read-catalog.ts"
import type { Catalog } from "../src/model/catalog.ts"
import { recordedTexts } from "./support/recorded-texts.ts"

let server: PostgresServer
let reader: Connection

beforeAll(async () => {
  server = await postgresServer({ users: [{ name: "reader", password: "reads" }] })
})
afterAll(() => server.close())

beforeEach(async () => {
  await server.sql("DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; CREATE TABLE app.t (a int DEFAULT 1)")
  reader = await pgDriver().connect(server.target({ user: "reader", password: "reads" }))
})
afterEach(() => reader.close())

describe("a schema that changes while it is read", () => {
  test("is read again: the result is never a mix of old and new", async () => {
    const { connector, texts } = disturbed(async (time) => {
      if (time === 1) await server.sql("ALTER TABLE app.t ADD COLUMN b text; CREATE INDEX t_b ON app.t (b)")
    })
    const catalog = await readCatalog(connector)
    expect(namesOf(catalog, "column")).toEqual(["a", "b"])
    expect(namesOf(catalog, "index")).toEqual(["t_b"])
    expect(texts().filter(readsConstraints)).toHaveLength(2)
  })

  test("is read again when a table is dropped before its definitions are read", async () => {
    await server.sql("ALTER TABLE app.t ADD CONSTRAINT positive CHECK (a > 0); CREATE VIEW app.v AS SELECT a FROM app.t")
    const { connector } = disturbed(async (time) => {
      if (time === 1) await server.sql("DROP TABLE app.t CASCADE")
    })
    expect(namesOf(await readCatalog(connector), "table")).toEqual([])
  })

  test("is an error when it keeps changing", async () => {
    const { connector } = disturbed((time) => server.sql(`ALTER TABLE app.t ADD COLUMN b${time} text`))
    await expect(readCatalog(connector)).rejects.toMatchObject({ code: "PGSD_SCHEMA_CHANGING", hint: expect.stringContaining("try again") })
  })

  test("data, ANALYZE, VACUUM and temporary tables do not count as changes", async () => {
    const { connector, texts } = disturbed(async () => {
      await server.sql("INSERT INTO app.t VALUES (1); ANALYZE app.t; CREATE TEMPORARY TABLE x (a int)")
      await server.sql("VACUUM app.t")
    })
    await readCatalog(connector)
    expect(texts().filter(readsConstraints)).toHaveLength(1)
  })
})

describe("locks", () => {
  test("a locked table is named with the process that holds it, within the lock timeout", async () => {
    const owner = await pgDriver().connect(server.target())
    await owner.query("BEGIN; LOCK TABLE app.t IN ACCESS EXCLUSIVE MODE")
    const begun = performance.now()
    await expect(readCatalog(createDatabaseConnector(reader))).rejects.toMatchObject({
      code: "PGSD_LOCK_TIMEOUT",
      message: expect.stringContaining(`"app"."t" is locked by process ${owner.info.processId} of user "postgres"`),
    })
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(reader.status).toBe("idle")
    await owner.close()
  })

  test("views are unlocked in batches, so that thousands fit a default lock table", async () => {
    await server.sql(`DO $$ BEGIN FOR i IN 1..1200 LOOP EXECUTE format('CREATE VIEW app.v%s AS SELECT a FROM app.t', i); END LOOP; END $$`)
    let most = 0
    const connector = watched(async (text) => {
      if (!text.startsWith("SAVEPOINT")) return
      const [row] = await server.sql(`SELECT count(*) AS held FROM pg_locks WHERE pid = ${reader.info.processId} AND locktype = 'relation'`)
      most = Math.max(most, Number(row?.held))
    })
    expect(namesOf(await readCatalog(connector), "view")).toHaveLength(1200)
    // About a hundred catalogs and their indexes are locked, as by any query.
    expect(most).toBeLessThan(300)
  })
})

test("reading leaves no setting, transaction or lock behind in the session", async () => {
  const settings =
    "SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement"
  const before = (await reader.query(settings)).rows
  await readCatalog(createDatabaseConnector(reader))
  expect((await reader.query(settings)).rows).toEqual(before)
  expect(reader.status).toBe("idle")
  expect(await server.sql(`SELECT 1 FROM pg_locks WHERE pid = ${reader.info.processId} AND locktype = 'relation'`)).toEqual([])
})

test("a schema that is not selected is not read", async () => {
  await server.sql("DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; CREATE TABLE other.u (a int)")
  const catalog = await readCatalog(createDatabaseConnector(reader), { schemas: ["app"] })
  expect(namesOf(catalog, "table")).toEqual(["t"])
  expect(namesOf(catalog, "schema")).toEqual(["app"])
})

test("what is not compared is counted", async () => {
  const count = async (schemas?: string[]) => (await readCatalog(createDatabaseConnector(reader), { schemas })).notCompared
  expect(await count()).toEqual([])
  await server.sql(`REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC; CREATE FUNCTION pg_catalog.extra() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN pg_catalog.extra AS int; REVOKE USAGE ON TYPE app.t FROM PUBLIC; CREATE COLLATION information_schema.extra FROM "C";
    CREATE TEXT SEARCH DICTIONARY pg_catalog.extra (TEMPLATE = simple); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR postgres SERVER s OPTIONS (password 's3cret');
    CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere password=s3cret' PUBLICATION p WITH (connect = false, slot_name = NONE)`)
  try {
    expect(await count()).toEqual([
      { kind: "connections of subscriptions", count: 1 },
      { kind: "options of user mappings that this role may not read", count: 1 },
      { kind: "changed privileges on objects of the system and of extensions", count: 1 },
      { kind: "comments and privileges of what comes with a type", count: 1 },
      { kind: "objects in schemas of the system", count: 4 },
    ])
    // With selected schemas, of these alone.
    expect(await count(["app"])).toEqual([{ kind: "comments and privileges of what comes with a type", count: 1 }])
    expect(await count(["public"])).toEqual([])
  } finally {
    await server.sql(
      `GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) TO PUBLIC; DROP FUNCTION pg_catalog.extra(); DROP DOMAIN pg_catalog.extra; GRANT USAGE ON TYPE app.t TO PUBLIC; DROP COLLATION information_schema.extra; DROP TEXT SEARCH DICTIONARY pg_catalog.extra; DROP FOREIGN DATA WRAPPER w CASCADE`,
    )
    await server.sql("DROP SUBSCRIPTION sub")
  }
})

test.each([
  ["a schema of the system", "REVOKE USAGE ON SCHEMA information_schema FROM PUBLIC", "GRANT USAGE ON SCHEMA information_schema TO PUBLIC"],
  ["pg_catalog", "GRANT USAGE ON SCHEMA pg_catalog TO reader", "REVOKE USAGE ON SCHEMA pg_catalog FROM reader"],
  ["information_schema", "REVOKE SELECT ON information_schema.tables FROM PUBLIC", "GRANT SELECT ON information_schema.tables TO PUBLIC"],
  ["a column of the system", "GRANT SELECT (rolname) ON pg_authid TO reader", "REVOKE SELECT (rolname) ON pg_authid FROM reader"],
])("changed privileges of %s are counted", async (_, change, back) => {
  const count = async () => (await readCatalog(createDatabaseConnector(reader))).notCompared
  expect(await count()).toEqual([])
  await server.sql(change)
  try {
    expect(await count()).toEqual([{ kind: "changed privileges on objects of the system and of extensions", count: 1 }])
  } finally {
    await server.sql(back)
  }
})

function namesOf({ objects }: Catalog, kind: string): string[] {
  return objects
    .filter((object) => object.kind === kind && object.schema !== "public")
    .map(({ name }) => name)
    .filter((name) => name !== "public")
}

// One query of each reading.
function readsConstraints(text: string): boolean {
  return text.includes("k.conislocal")
}

/** A connector that lets something else happen in the middle of each reading: after the fence, before the tables. */
function disturbed(disturb: (time: number) => Promise<unknown>): { connector: DatabaseConnector; texts: () => readonly string[] } {
  const texts: string[] = []
  let times = 0
  const connector = watched(async (text) => {
    texts.push(text)
    if (text.includes("AS partition_key")) await disturb(++times)
  })
  return { connector, texts: () => texts }
}

function watched(before: (text: string) => Promise<void>): DatabaseConnector {
  return createDatabaseConnector(recordedTexts(reader, before).recorded)
}
