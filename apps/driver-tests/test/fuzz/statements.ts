/** One kind of query to the peer, identified by the tag in its text. */
export interface FuzzStatement {
  readonly tag: string
  readonly sql: string
  /** The extended protocol, with the call's number as its only parameter. */
  readonly extended: boolean
  readonly prepare: boolean
}

const COLUMNS =
  "n AS a, n::text AS b, (n * 0.1)::float8 AS c, NULL::int4 AS d, ('\\x0' || n % 10)::bytea AS e, n % 2 = 0 AS f, now() AS g, repeat('é', n % 40) AS h, n AS a"

/** A text ends with its tag, and in the simple protocol with the number of the call: `/*s1 7*\/`. */
const TAG = /\/\*(\w+)(?: (\d+))?\*\/$/

export function tagOf(sql: string): string | undefined {
  return TAG.exec(sql)?.[1]
}

/** What is sent for one call: its number is in the text, or the parameter. */
export function askedFor(
  { sql, extended }: FuzzStatement,
  number: number,
): { readonly sql: string; readonly params: string[] | undefined } {
  if (extended) return { sql, params: [String(number)] }
  return { sql: sql.replace(/\*\/$/, ` ${number}*/`), params: undefined }
}

/** The call that a cycle belongs to. */
export function numberOf({ sql = "", parameter }: { readonly sql?: string | undefined; readonly parameter: string | undefined }): number {
  return Number(parameter ?? TAG.exec(sql)?.[2] ?? Number.NaN)
}

const simple = (tag: string, sql: string): FuzzStatement => ({ tag, sql: `${sql} /*${tag}*/`, extended: false, prepare: false })
const extended = (tag: string, sql: string, prepare: boolean): FuzzStatement => ({ tag, sql: `${sql} /*${tag}*/`, extended: true, prepare })

const SELECT = `SELECT ${COLUMNS}, $1::text AS i FROM generate_series(1, 9) AS n`

export const FUZZ_STATEMENTS: readonly FuzzStatement[] = [
  simple("s1", `SELECT ${COLUMNS} FROM generate_series(1, 300) AS n`),
  simple("s2", "SELECT 1 AS a; CREATE TEMP TABLE IF NOT EXISTS t (a int4); INSERT INTO t VALUES (1); SELECT 2 AS b UNION ALL SELECT 3"),
  simple("s3", ""),
  simple("s4", "SELECT missing"),
  simple("s5", "DO $$ BEGIN RAISE NOTICE 'hello'; PERFORM pg_notify('c', 'p'); END $$"),
  simple("s6", "SET application_name = 'fuzz'"),
  simple("s7", "COPY (SELECT 1) TO STDOUT"),
  extended("e1", SELECT, false),
  extended("e2", "SELECT $1::int4 / 0 AS n", false),
  extended("e3", "SELECT FROM generate_series(1, 3) WHERE $1::text IS NOT NULL", false),
  extended("p1", SELECT, true),
  extended("p2", "UPDATE pg_temp.fuzzed SET a = $1::int4", true),
  extended("p3", "SELECT $1::float8 AS a, 'x'::text AS b", true),
]
