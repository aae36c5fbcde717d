import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../../src/cli/run.ts"
import { recordingTerminal } from "../support/terminal.ts"

// Reported pairs of equal databases that were called different: through the command, on the oldest and the newest available server.
const versions = availableVersions()
const READER = { name: "reader", password: "reads" }
let older: PostgresServer
let newer: PostgresServer

beforeAll(async () => {
  const start = (version: number | undefined) => postgresServer({ version, users: [READER] })
  ;[older, newer] = await Promise.all([start(versions[0]), start(versions.at(-1))])
  for (const server of [older, newer]) for (const name of ["source", "target"]) await server.sql(`CREATE DATABASE ${name}`)
})
afterAll(() => Promise.all([older, newer].map((server) => server.close())))

const TABLES = `CREATE SCHEMA app; CREATE TABLE app.person (id integer PRIMARY KEY, name varchar(40), kind varchar(10), parent integer, seen_by varchar);
  CREATE TABLE app.orders (id integer PRIMARY KEY, person integer, kind text);
  CREATE FUNCTION app.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`

// Eight comparisons of two databases each.
test("S06: a database equals what its own print restores", { timeout: 60_000 }, async () => {
  const conditions = (condition: (column: string) => string, view: string) => `${TABLES}
    CREATE DOMAIN app.kind AS varchar(10) CHECK ${condition("VALUE")};
    ALTER TABLE app.person ADD CONSTRAINT known CHECK ${condition("kind")};
    ALTER TABLE app.person ADD COLUMN is_known boolean GENERATED ALWAYS AS ${condition("kind")} STORED;
    CREATE INDEX of_known ON app.person (name) WHERE ${condition("kind")};
    CREATE POLICY known ON app.person USING ${condition("kind")} WITH CHECK ${condition("kind")};
    CREATE TRIGGER known BEFORE INSERT ON app.person FOR EACH ROW WHEN ${condition("new.kind")} EXECUTE FUNCTION app.touched();
    CREATE VIEW app.v AS ${view}; CREATE MATERIALIZED VIEW app.m AS ${view}`
  const written = (column: string) => `(${column} IN ('a', 'b') OR ${column} NOT IN ('c', 'd'))`
  // As every server prints the condition above.
  const printed = (column: string) => `((((${column})::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])) OR
    ((${column})::text <> ALL ((ARRAY['c'::character varying, 'd'::character varying])::text[]))))`
  const source = conditions(written, "SELECT id, name FROM app.person WHERE kind IN ('a', 'b') AND name IN (kind, seen_by)")
  for (const server of [older, newer]) {
    await load("source", server, source)
    const [print] = await server.sql("SELECT replace(pg_get_viewdef('app.v'::regclass), ';', '') AS view", { database: "source" })
    const target = conditions(printed, String(print!.view))
    expect(await diff([server, source], [server, target])).toEqual(SAME)
    expect(await diff([older, source], [newer, target])).toEqual(SAME)
    const changed = target.replaceAll("'b'::character varying", "'B'::character varying")
    expect(await diff([server, source], [server, changed])).toMatchObject({
      exitCode: 1,
      differences: expect.stringContaining(
        "8 differences: 1 domain, 1 view, 1 materialized view, 1 column, 1 constraint, 1 index, 1 trigger",
      ),
    })
  }
})

test("S24: views with subqueries are equal on both servers", async () => {
  const views = [
    "SELECT id FROM app.person WHERE id IN (SELECT person FROM app.orders WHERE kind = 'x')",
    "SELECT id FROM app.person p WHERE EXISTS (SELECT 1 FROM app.orders o WHERE o.person = p.id)",
    "SELECT id, (SELECT count(*) FROM app.orders o WHERE o.person = person.id) AS n FROM app.person",
    "WITH c AS (SELECT id, name FROM app.person) SELECT name FROM c WHERE id > 1",
    "WITH RECURSIVE c AS (SELECT id FROM app.person WHERE parent IS NULL UNION ALL SELECT p.id FROM app.person p JOIN c ON p.parent = c.id) SELECT id FROM c",
    "SELECT v.a FROM (VALUES (1, 'x'), (2, 'y')) v(a, b) WHERE v.b = 'x'",
    "SELECT n FROM generate_series(1, 10) n WHERE n > 2 ORDER BY n",
  ]
  const all = (change: (view: string) => string) =>
    `${TABLES} ${views.map((view, at) => `CREATE VIEW app.v${at} AS ${change(view)};`).join(" ")}`
  const source = all((view) => view)
  expect(await diff([older, source], [newer, source])).toEqual(SAME)
  expect(await diff([newer, source], [older, source])).toEqual(SAME)
  const changes: readonly (readonly [string, string])[] = [
    ["kind = 'x'", "kind = 'y'"],
    ["o.person = p.id", "o.id = p.id"],
    ["count(*)", "count(o.kind)"],
    ["id > 1", "id >= 1"],
    ["parent IS NULL", "parent IS NOT NULL"],
    ["(2, 'y')", "(3, 'y')"],
    ["ORDER BY n", "ORDER BY n DESC"],
  ]
  const changed = all((view) => changes.reduce((text, [before, after]) => text.replace(before, after), view))
  expect(await diff([older, source], [newer, changed])).toMatchObject({ exitCode: 1, differences: "7 differences: 7 views changed." })
})

test("S31: names that became keywords", async () => {
  const source = `CREATE SCHEMA test; CREATE TYPE test.pair AS (json text, json_value integer);
    CREATE FUNCTION test.json(test.pair) RETURNS json LANGUAGE sql AS 'SELECT to_json(1)'; CREATE CAST (test.pair AS json) WITH FUNCTION test.json(test.pair);
    CREATE FUNCTION test.f("json" json DEFAULT '{}', b varchar DEFAULT 'x') RETURNS text LANGUAGE sql AS 'SELECT $2';
    CREATE TABLE test.json_table (json text CHECK (json <> 'json'), "system_user" text DEFAULT 'x' CHECK ("system_user" IN ('a', 'b')));
    CREATE VIEW test.v AS SELECT json, "system_user" FROM test.json_table WHERE "system_user" = 'a'`
  expect(await diff([older, source], [newer, source])).toEqual(SAME)
  expect(await diff([older, source], [newer, source.replace("SELECT $2", "SELECT $1::text")])).toMatchObject({ exitCode: 1 })
})

test("S32: a view whose UNION casts NULL, against its own dump", async () => {
  const view = (last: string) =>
    `${TABLES} CREATE VIEW app.v AS SELECT id, parent FROM app.person UNION ALL SELECT id, ${last} FROM app.orders`
  for (const server of [older, newer]) {
    expect(await diff([server, view("NULL::integer")], [server, view("NULL::integer AS int4")])).toEqual(SAME)
    expect(await diff([server, view("NULL::integer")], [server, view("0")])).toMatchObject({ exitCode: 1 })
  }
  expect(await diff([older, view("NULL::integer")], [newer, view("NULL::integer AS int4")])).toEqual(SAME)
})

const SAME = { exitCode: 0, differences: "No differences" }

type Side = readonly [server: PostgresServer, sql: string]

/** Loads both sides and compares them as a role with only CONNECT. */
async function diff(source: Side, target: Side): Promise<{ readonly exitCode: number; readonly differences: string }> {
  const urls = await Promise.all([load("source", ...source), load("target", ...target)])
  const terminal = recordingTerminal()
  const exitCode = await run(["diff", "--source", urls[0], "--target", urls[1]], terminal)
  const line = terminal.stdout().match(/^(?:No differences|\d+ differences?:.*)/m)?.[0] ?? `${terminal.stdout()}${terminal.stderr()}`
  return { exitCode, differences: line }
}

async function load(database: "source" | "target", server: PostgresServer, sql: string): Promise<string> {
  await server.sql(`SET client_min_messages = error; DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA IF EXISTS test CASCADE; ${sql}`, {
    database,
  })
  return `postgresql://${READER.name}:${READER.password}@${server.host}:${server.port}/${database}`
}
