import assert from "node:assert/strict"
import { QueryError } from "@pgsd/driver"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"

/** Strings that would do harm, or disappear, if they became part of a statement. */
const HOSTILE_TEXTS: readonly string[] = [
  "'; DROP TABLE pgsd_conformance; --",
  "$1",
  "\\'; SELECT 1; --",
  "$$ $1 $$",
  "/* */ -- \n",
  "%s ? :name @x {0}",
  "E'\\000'",
]

/** Prepared statements whose names were not chosen by a driver. */
export const GIVEN_NAMES = "SELECT name, statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT%' AND name NOT LIKE 'pgsd%'"

export const statementLaws: LawFamily = {
  name: "statements",
  laws: [
    {
      name: "parameters never reach the SQL text",
      check: async (bench) => {
        const connection = await bench.connect()
        const sql = "SELECT current_query() AS sql, $1::text AS value"
        for (const value of HOSTILE_TEXTS) assert.deepEqual((await connection.query(sql, [value])).rows, [{ sql, value }])
      },
    },
    {
      name: "several statements in one text return the last command, and the rows of the last statement with rows",
      check: async (bench) => {
        const connection = await bench.connect()
        const two = await connection.query("SELECT 1 AS a; SELECT 2 AS b UNION ALL SELECT 3")
        assert.deepEqual([two.rows, two.command, two.rowCount], [[{ b: 2 }, { b: 3 }], "SELECT", 2])
        assert.deepEqual(
          two.fields.map((field) => field.name),
          ["b"],
        )
        const rowless = await connection.query("SELECT 1 AS a; CREATE TEMP TABLE pgsd_several (a int4)")
        assert.deepEqual([rowless.rows, rowless.command, rowless.rowCount], [[{ a: 1 }], "CREATE TABLE", 0])
        const inserted = await connection.query("SELECT 1 AS a; INSERT INTO pgsd_several VALUES (1), (2)")
        assert.deepEqual([inserted.rows, inserted.command, inserted.rowCount], [[{ a: 1 }], "INSERT", 2])
      },
    },
    {
      name: "an error in one of several statements rejects the whole text",
      check: async (bench) => {
        const connection = await bench.connect()
        const error = await rejection(connection.query("SELECT 1 AS a; SELECT pgsd_missing; SELECT 2 AS b"), "a failing text")
        assert.ok(error instanceof QueryError)
        assert.equal(error.sqlState, "42703")
        assert.deepEqual((await connection.query("SELECT 1 AS a")).rows, [{ a: 1 }])
      },
    },
    {
      name: 'results "all" returns the result of every statement of a text, in order, for its own query alone',
      check: async (bench) => {
        const connection = await bench.connect()
        const text =
          "SELECT 1 AS a; CREATE TEMP TABLE pgsd_each (a int4); INSERT INTO pgsd_each VALUES (1), (2); SELECT 2 AS b UNION ALL SELECT 3"
        const all = await connection.query(text, undefined, { results: "all" })
        assert.deepEqual([all.rows, all.command, all.rowCount], [[{ b: 2 }, { b: 3 }], "SELECT", 2])
        assert.deepEqual(
          all.results?.map(({ rows, rowCount, command, fields }) => [rows, rowCount, command, fields.map(({ name }) => name)]),
          [
            [[{ a: 1 }], 1, "SELECT", ["a"]],
            [[], 0, "CREATE TABLE", []],
            [[], 2, "INSERT", []],
            [[{ b: 2 }, { b: 3 }], 2, "SELECT", ["b"]],
          ],
        )
        const types = { 23: (value: string) => `n${value}` }
        const formed = await connection.query("SELECT 1 AS a; SELECT 2 AS b", undefined, { results: "all", rowMode: "array", types })
        assert.deepEqual(
          formed.results?.map(({ rows }) => rows),
          [[["n1"]], [["n2"]]],
        )
        for (const prepare of [false, true, "pgsd named"]) {
          const one = await connection.query("SELECT $1::int4 AS value", [7], { results: "all", prepare })
          assert.deepEqual(
            one.results?.map(({ rows }) => rows),
            [[{ value: 7 }]],
          )
        }
        const empty = await connection.query("", undefined, { results: "all" })
        assert.deepEqual(empty.results, [{ rows: [], rowCount: 0, command: "", fields: [] }])
        assert.equal("results" in (await connection.query("SELECT 1 AS a")), false)
      },
    },
    {
      name: 'with results "all", too, an error or a COPY in one of several statements rejects the whole text',
      check: async (bench) => {
        for (const [statement, field, value] of [
          ["SELECT pgsd_missing", "sqlState", "42703"],
          ["COPY pgsd_each FROM STDIN", "code", "PGSD_UNSUPPORTED"],
          ["COPY pgsd_each TO STDOUT", "code", "PGSD_UNSUPPORTED"],
        ] as const) {
          const connection = await bench.connect()
          await connection.query("CREATE TEMP TABLE pgsd_each (a int4)")
          const text = `SELECT 1 AS a; ${statement}; SELECT 2 AS b`
          const error = await bench.soon(rejection(connection.query(text, undefined, { results: "all" }), text), text)
          assert.equal((error as Readonly<Record<string, unknown>>)[field], value, statement)
          if (connection.status !== "closed") assert.deepEqual((await connection.query("SELECT 1 AS a")).rows, [{ a: 1 }])
          await connection.close()
        }
      },
    },
    {
      name: "a parameter list, even an empty one, allows only one statement",
      check: async (bench) => {
        const connection = await bench.connect()
        const error = await rejection(connection.query("SELECT 1 AS a; SELECT 2 AS b", []), "two statements with parameters")
        assert.ok(error instanceof QueryError)
        assert.equal(error.sqlState, "42601")
      },
    },
    {
      name: "an empty text succeeds in every session state",
      check: async (bench) => {
        const connection = await bench.connect()
        assert.deepEqual(await connection.query(""), { rows: [], rowCount: 0, command: "", fields: [] })
      },
    },
    {
      name: "command and rowCount come from the command tag",
      check: async (bench) => {
        const connection = await bench.connect()
        const outcome = async (sql: string, params?: readonly unknown[]) => {
          const { command, rowCount, rows } = await connection.query(sql, params)
          return [command, rowCount, rows.length]
        }
        assert.deepEqual(await outcome("CREATE TEMP TABLE pgsd_counted (a int4)"), ["CREATE TABLE", 0, 0])
        assert.deepEqual(await outcome("INSERT INTO pgsd_counted VALUES (1), (2), (3)"), ["INSERT", 3, 0])
        assert.deepEqual(await outcome("UPDATE pgsd_counted SET a = a + $1 WHERE a > $2", [10, 1]), ["UPDATE", 2, 0])
        assert.deepEqual(await outcome("DELETE FROM pgsd_counted WHERE a = 1 RETURNING a"), ["DELETE", 1, 1])
        assert.deepEqual(await outcome("SELECT a FROM pgsd_counted"), ["SELECT", 2, 2])
      },
    },
    {
      name: "fields describe the columns, also of an empty result",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_described (a int4, b text)")
        for (const params of [undefined, []]) {
          const { fields, rows } = await connection.query("SELECT b, 1::int8 AS c FROM pgsd_described", params)
          assert.deepEqual(rows, [])
          assert.deepEqual(
            fields.map(({ name, typeId, columnId }) => ({ name, typeId, columnId })),
            [
              { name: "b", typeId: 25, columnId: 2 },
              { name: "c", typeId: 20, columnId: 0 },
            ],
          )
          assert.ok((fields[0]?.tableId ?? 0) > 0, "tableId of a column that comes from a table")
          assert.equal(fields[1]?.tableId, 0)
        }
      },
    },
    {
      name: "a column may have any name: each is an own property of its row",
      check: async (bench) => {
        const connection = await bench.connect()
        const { rows } = await connection.query(`SELECT '{"stolen": true}'::json AS "__proto__", 1 AS "constructor", 2 AS "toString"`)
        const [row = {}] = rows
        assert.deepEqual(Object.entries(row), [
          ["__proto__", { stolen: true }],
          ["constructor", 1],
          ["toString", 2],
        ])
        assert.equal(row.stolen, undefined)
      },
    },
    {
      name: "prepare: true names a statement once, and nothing else does",
      check: async (bench) => {
        const connection = await bench.connect()
        const count = "SELECT count(*)::int4 AS named FROM pg_prepared_statements"
        await connection.query("SELECT $1::int4 AS value", [1])
        assert.deepEqual((await connection.query(count)).rows, [{ named: 0 }], "after a query without prepare")
        for (const value of [1, 2, 3]) {
          const { rows } = await connection.query("SELECT $1::int4 AS value", [value], { prepare: true })
          assert.deepEqual(rows, [{ value }])
        }
        assert.deepEqual((await connection.query(count)).rows, [{ named: 1 }], "after three queries with prepare")
      },
    },
    {
      name: "prepare with a name uses that name, and another statement with it replaces the first",
      check: async (bench) => {
        const connection = await bench.connect()
        const name = 'Pgsd "named" é'
        const known = async () => (await connection.query(GIVEN_NAMES)).rows
        for (const value of [1, 2]) {
          const { rows } = await connection.query("SELECT $1::int4 AS value", [value], { prepare: name })
          assert.deepEqual(rows, [{ value }])
        }
        assert.deepEqual(await known(), [{ name, statement: "SELECT $1::int4 AS value" }])
        assert.deepEqual((await connection.query("SELECT 1 AS a", undefined, { prepare: name })).rows, [{ a: 1 }])
        assert.deepEqual(await known(), [{ name, statement: "SELECT 1 AS a" }])
        await connection.query("DEALLOCATE ALL")
        assert.deepEqual((await connection.query("SELECT 1 AS a", [], { prepare: name })).rows, [{ a: 1 }], "after DEALLOCATE ALL")
        const failing = rejection(connection.query("SELECT pgsd_missing", [], { prepare: name }), "an unknown column")
        assert.equal(((await failing) as { sqlState?: unknown }).sqlState, "42703")
        assert.deepEqual((await connection.query("SELECT 1 AS a", [], { prepare: name })).rows, [{ a: 1 }], "after an error")
        for (const wrong of ["", "pgsd_1", "a\0b", "x".repeat(64)]) {
          const error = await rejection(connection.query("SELECT 1 AS a", [], { prepare: wrong }), `the name ${JSON.stringify(wrong)}`)
          assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_OPTION")
        }
      },
    },
    {
      name: "a statement with a NUL or an unpaired surrogate is refused",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const sql of ["SELECT 1 AS a -- \0", "SELECT 1 AS a -- \ud800"]) {
          const error = await bench.soon(rejection(connection.query(sql), "the query"), "the query")
          assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_PARAMETER")
        }
        assert.deepEqual((await connection.query("SELECT 1 AS a")).rows, [{ a: 1 }])
      },
    },
    {
      name: "a prepared statement is executed once, also when its own error has the SQLSTATE of one that must be prepared again",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_once (n int4)")
        for (const sqlState of ["0A000", "26000"]) {
          // Outside a transaction, so that work before the error is committed.
          const raise = `BEGIN INSERT INTO pgsd_once VALUES (1); COMMIT; RAISE EXCEPTION 'own' USING errcode = '${sqlState}'; END`
          await connection.query(`CREATE OR REPLACE PROCEDURE pg_temp.pgsd_once() LANGUAGE plpgsql AS '${raise.replaceAll("'", "''")}'`)
          for (const prepare of [true, true, "pgsd named", "pgsd named"]) {
            const error = await rejection(connection.query("CALL pg_temp.pgsd_once()", [], { prepare }), "a procedure that raises")
            assert.equal((error as { sqlState?: unknown }).sqlState, sqlState)
          }
        }
        assert.deepEqual((await connection.query("SELECT count(*)::int4 AS executed FROM pgsd_once")).rows, [{ executed: 8 }])
      },
    },
    {
      name: "prepared statements of a table that has changed are prepared again, also several in flight",
      check: async (bench) => {
        const connection = await bench.connect()
        const ask = (prepare: boolean | string) => connection.query("SELECT * FROM pgsd_changing", [], { prepare })
        await connection.query("CREATE TEMP TABLE pgsd_changing (a int4); INSERT INTO pgsd_changing VALUES (1)")
        for (const prepare of [true, "pgsd named"]) assert.deepEqual((await ask(prepare)).rows, [{ a: 1 }])
        await connection.query("ALTER TABLE pgsd_changing ADD COLUMN b int4 DEFAULT 2")
        for (const prepare of [true, "pgsd named"])
          for (const { rows } of await Promise.all([ask(prepare), ask(prepare), ask(prepare)])) assert.deepEqual(rows, [{ a: 1, b: 2 }])
      },
    },
    {
      name: "DISCARD of temporary tables, sequences or plans takes no prepared statement",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const what of ["TEMP", "SEQUENCES", "PLANS"]) {
          assert.deepEqual((await connection.query("SELECT 1 AS a", [], { prepare: true })).rows, [{ a: 1 }])
          await connection.query(`DISCARD ${what}`)
        }
        await connection.query("SELECT 1 AS a", [], { prepare: true })
        assert.deepEqual((await connection.query("SELECT count(*)::int4 AS named FROM pg_prepared_statements")).rows, [{ named: 1 }])
      },
    },
    {
      name: "a text of several statements that sets another client_encoding is refused before it is sent",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const set of ["SET client_encoding = 'LATIN1'", "SET NAMES latin1", "SELECT set_config('client_encoding', 'LATIN1', false)"]) {
          const text = `${set}; SELECT 1 AS a; RESET client_encoding`
          const error = await rejection(connection.query(text), set)
          assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_PARAMETER", set)
        }
        assert.deepEqual((await connection.query("SET client_encoding = 'UTF8'; SELECT 1 AS a")).rows, [{ a: 1 }])
      },
    },
    {
      name: "a large result and a large parameter arrive complete",
      check: async (bench) => {
        const connection = await bench.connect()
        const { rows } = await connection.query<{ n: number }>("SELECT n::int4 FROM generate_series(1, 20000) AS n")
        assert.equal(rows.length, 20_000)
        assert.equal(rows.at(-1)?.n, 20_000)
        const text = "é".repeat(1_000_000)
        assert.equal((await connection.query("SELECT $1::text AS text", [text])).rows[0]?.text, text)
      },
    },
    {
      name: "COPY through query() rejects in both directions and leaves the connection usable or closed",
      check: async (bench) => {
        for (const params of [undefined, []])
          for (const copy of ["COPY pgsd_copied FROM STDIN", "COPY pgsd_copied TO STDOUT"]) {
            const connection = await bench.connect()
            await connection.query("CREATE TEMP TABLE pgsd_copied (a int4); INSERT INTO pgsd_copied VALUES (1), (2)")
            const error = await bench.soon(rejection(connection.query(copy, params), copy), copy)
            assert.equal((error as { code?: unknown }).code, "PGSD_UNSUPPORTED", copy)
            if (connection.status !== "closed") {
              const { rows } = await bench.soon(connection.query("SELECT count(*)::int4 AS kept FROM pgsd_copied"), "a query after COPY")
              assert.deepEqual(rows, [{ kept: 2 }])
            }
            await connection.close()
          }
      },
    },
  ],
}
