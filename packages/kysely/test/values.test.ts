import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { PgsdDialect } from "@pgsd/kysely"
import { createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { type Dialect, Kysely, PostgresDialect, sql } from "kysely"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { DRIVERS } from "./support/subjects.ts"

// pg parses dates in the process's own time zone.
process.env.TZ = "UTC"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

/** One expression per type. */
const EXPRESSIONS = [
  "true",
  "7::int2",
  "7::int4",
  "7::int8",
  "7.10::numeric",
  "0.5::float8",
  "'x'::text",
  "'\\x0102'::bytea",
  "'2026-01-02'::date",
  "'2026-01-02 03:04:05'::timestamp",
  "'2026-01-02 03:04:05+00'::timestamptz",
  "'03:04:05'::time",
  "'1 day 02:00'::interval",
  "'{\"a\": 1}'::jsonb",
  "'(1,2)'::point",
  "'<(1,2),3>'::circle",
  "'{1,2}'::int4[]",
  "'{1,2}'::int8[]",
  "'{1.10}'::numeric[]",
  "'{2026-01-02}'::date[]",
  "'{\"(1,2)\"}'::point[]",
]

async function valuesOf(dialect: Dialect): Promise<unknown[]> {
  const db = new Kysely<unknown>({ dialect })
  const values: unknown[] = []
  for (const expression of EXPRESSIONS) values.push((await sql.raw<{ v: unknown }>(`SELECT ${expression} AS v`).execute(db)).rows[0]!.v)
  await db.destroy()
  return values
}

const documented = Object.fromEntries(
  [...readFileSync(new URL("../README.md", import.meta.url), "utf8").matchAll(/^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$/gm)].map(
    ([, type, theirs, ours]) => [type!, { theirs: theirs!, ours: ours! }],
  ),
)

test("the README's table has every value that differs from PostgresDialect's", async () => {
  const { host, port, user, password, database } = server
  const theirs = await valuesOf(new PostgresDialect({ pool: new pg.Pool({ host, port, user, password, database }) }))
  const pool = createConnectionPool({ driver: DRIVERS.pg!(), connection: server.connection() })
  const ours = await valuesOf(new PgsdDialect({ pool }))
  const print = (value: unknown) => inspect(value, { compact: true, breakLength: Number.POSITIVE_INFINITY })
  const different = EXPRESSIONS.flatMap((expression, i) => {
    const [left, right] = [print(theirs[i]), print(ours[i])]
    return left === right ? [] : [[expression.split("::").at(-1)!, { theirs: left, ours: right }] as const]
  })
  expect(Object.fromEntries(different)).toEqual(documented)
})
