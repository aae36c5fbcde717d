import { createDatabaseConnector } from "@pgsd/connector"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { socketDriver } from "./support/subjects.ts"

// A schema that shadows every operator, function, relation and type that a catalog query could use, each of which reports its
// use. Operators for every pair of operand types: the closest match wins, and only among equals the first in the path.
const TRAPS = `
  CREATE SCHEMA trap;
  CREATE FUNCTION trap.sprung(what text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped by % as %', what, current_user; END $$;
  DO $do$
  DECLARE o record;
  BEGIN
    FOR o IN SELECT 'op_' || oid AS f, oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result FROM pg_operator
      WHERE oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace AND oprname IN ('=', '<>', '<', '>', '~', '~*', '!~', '!~*', '+', '||')
        AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid IN (oprleft, oprright, oprresult) AND t.typtype = 'p')
    LOOP
      EXECUTE format('CREATE FUNCTION trap.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM trap.sprung(%L); END $f$', o.f, o.l, o.r, o.result, o.oprname);
      EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.%I)', o.oprname, o.l, o.r, o.f);
    END LOOP;
    FOR o IN SELECT DISTINCT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
      EXECUTE format('CREATE TABLE trap.%I (nothing int)', o.relname);
    END LOOP;
  END $do$;
  CREATE FUNCTION trap.version() RETURNS text LANGUAGE sql AS 'SELECT ''PostgreSQL 8.0.2''';
  CREATE TABLE trap.text (nothing int); CREATE TABLE trap.json (nothing int); CREATE TABLE trap.jsonb (nothing int); CREATE TABLE trap.regclass (nothing int)`

describe.each(availableVersions())("a search_path with a hostile schema first, on PostgreSQL %i", (version) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ version })
    await server.sql("CREATE DATABASE trapped")
    await server.sql(`CREATE SCHEMA app; CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY); ${TRAPS}`, { database: "trapped" })
    await server.sql("ALTER DATABASE trapped SET search_path = trap, pg_catalog")
  })
  afterAll(() => server.close())

  test("changes no result and runs none of its code with our rights", async () => {
    const driver = socketDriver("pg")
    const [db, beside] = await Promise.all([driver.connect(server.target({ database: "trapped" })), driver.connect(server.target())])
    const [trapped, plain] = [createDatabaseConnector(db), createDatabaseConnector(beside)]
    await expect(trapped.query("SELECT 1 = 1"), "the trap works").rejects.toThrow(/trapped by/)

    const flavour = await trapped.getFlavour()
    expect(flavour).toEqual(await plain.getFlavour())
    const report = await trapped.checkPermissions({ schemas: ["app"] })
    expect(report.schemas).toMatchObject([{ name: "app", relations: { total: 2, selectable: 2 } }])
    expect(await trapped.verifySchemaAccess("app")).toMatchObject({ exists: true, ok: true })
    expect(await trapped.preflight({ schemas: ["app"] })).toMatchObject({ ok: true, identity: { database: "trapped" } })
    await Promise.all([trapped.close(), plain.close()])
  })

  test("neither does a temporary table with the name of a type, left behind in a pooled session", async () => {
    const db = createDatabaseConnector(await socketDriver("pg").connect(server.target()))
    for (const name of ["text", "json", "jsonb", "regclass", "pg_class"]) await db.query(`CREATE TEMPORARY TABLE ${name} (nothing int)`)
    expect((await db.getFlavour()).version.major).toBe(version)
    expect(await db.preflight()).toMatchObject({ ok: true, permissions: { role: { superuser: true } } })
    await db.close()
  })
})
