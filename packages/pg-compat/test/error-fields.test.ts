import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Pool } from "../src/index.ts"

// Both libraries against one server: the same errors, field by field.

const FIELDS = [
  ...["name", "message", "severity", "code", "detail", "hint", "position", "internalPosition", "internalQuery", "where", "schema"],
  ...["table", "column", "dataType", "constraint", "file", "line", "routine", "length"],
] as const

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
  await server.sql(`
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, n int NOT NULL CHECK (n < 10), p positive,
      span int4range, EXCLUDE USING gist (span WITH &&));
    INSERT INTO child VALUES (1, NULL, 1, 1, '[1,5)');
    CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT nothing FROM child); END $$;
    CREATE FUNCTION raised() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'raised' USING ERRCODE = 'XX123', DETAIL = 'the detail', HINT = 'the hint', SCHEMA = 's', TABLE = 't', COLUMN = 'c',
        DATATYPE = 'd', CONSTRAINT = 'k'; END $$;
    CREATE ROLE limited LOGIN PASSWORD 'right' CONNECTION LIMIT 0;
  `)
})
afterAll(() => server?.close())

const STATEMENTS: readonly (readonly [sql: string, values?: unknown[]])[] = [
  ["SELEKT 1"],
  ["SELECT * FROM nowhere"],
  ["SELECT nothing FROM child"],
  ["SELECT nowhere()"],
  ["SELECT 1 / 0"],
  ["SELECT 'x'::int"],
  ["SELECT $1::int", ["x"]],
  ["SELECT 99999999999::int"],
  ["SELECT 'ä' || nothing"],
  ["INSERT INTO child (id, n) VALUES (1, 1)"],
  ["INSERT INTO child (id, n, parent) VALUES (2, 1, 7)"],
  ["INSERT INTO child (id, n) VALUES (2, 10)"],
  ["INSERT INTO child (id) VALUES (2)"],
  ["INSERT INTO child (id, n, p) VALUES (2, 1, -1)"],
  ["INSERT INTO child (id, n, span) VALUES (2, 1, '[2,3)')"],
  ["SELECT broken()"],
  ["SELECT raised()"],
  ["CREATE TABLE child (id int)"],
  ["SET statement_timeout = 'x'"],
  ["SELECT pg_terminate_backend(pg_backend_pid())"],
  ["SELECT 1; SELECT 2 / 0"],
  ["SELECT $1::int, $2::int", [1]],
]

const LOGINS: readonly (readonly [what: string, options: pg.PoolConfig])[] = [
  ["a wrong password", { password: "wrong" }],
  ["a missing database", { database: "nowhere" }],
  ["a missing role", { user: "nobody_here" }],
  ["a setting that does not exist", { options: "-c nothing=1" }],
  ["a value that is not one", { options: "-c work_mem=x" }],
  ["a role whose connections are used up", { user: "limited", password: "right" }],
]

type AnyPool = Pick<pg.Pool, "query" | "end" | "on">

async function described(open: (options: pg.PoolConfig) => AnyPool, options: pg.PoolConfig, sql: string, values?: unknown[]) {
  const { host, port, user, password, database } = server
  const pool = open({ host, port, user, password, database, max: 1, ...options })
  const order: string[] = []
  pool.on("error", () => order.push("error event"))
  try {
    const error = await pool.query(sql, values).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    order.push("rejected")
    const fields = error as unknown as Record<string, unknown>
    return {
      isDatabaseError: error instanceof pg.DatabaseError,
      own: error instanceof pg.DatabaseError ? Object.fromEntries(FIELDS.map((name) => [name, fields[name]])) : error?.message,
      order,
    }
  } finally {
    await pool.end()
  }
}

const ours = (options: pg.PoolConfig) => new Pool(options as never) as unknown as AnyPool
const theirs = (options: pg.PoolConfig) => new pg.Pool(options)

test.each(STATEMENTS.map(([sql, values]) => ({ sql, values })))("$sql", async ({ sql, values }) => {
  expect(await described(ours, {}, sql, values)).toEqual(await described(theirs, {}, sql, values))
})

test.each(LOGINS)("%s", async (_what, options) => {
  // The toolkit keeps what the server said, not the length of its message in bytes.
  const withoutLength = (found: Awaited<ReturnType<typeof described>>) => ({
    ...found,
    own: { ...(found.own as object), length: undefined },
  })
  const settings = { ...options, failFast: true } as pg.PoolConfig
  expect(withoutLength(await described(ours, settings, "SELECT 1"))).toEqual(withoutLength(await described(theirs, options, "SELECT 1")))
})
