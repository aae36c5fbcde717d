import assert from "node:assert/strict"
import { type Connection, PgsdError, QueryError } from "@pgsd/driver"
import { COPY_IN, COPY_OUT } from "./copy-laws.ts"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"

export const RAISE =
  "DO $$ BEGIN RAISE EXCEPTION 'pgsd says no' USING ERRCODE = 'P0042', DETAIL = 'the detail', HINT = 'the hint', TABLE = 'the_table', SCHEMA = 'the_schema', COLUMN = 'the_column', CONSTRAINT = 'the_constraint', DATATYPE = 'the_type'; END $$"

/** What dblink and postgres_fdw raise when their own connection fails. */
export const RAISE_LOSS = "DO $$ BEGIN RAISE EXCEPTION 'the other server is gone' USING ERRCODE = '08006'; END $$"

type Call = (connection: Connection) => Promise<unknown>

const LABELLED: readonly (readonly [what: string, call: Call])[] = [
  ["a server's error", (connection) => connection.query("SELECT pgsd_missing")],
  ["a statement that is none", (connection) => connection.query(5 as never)],
  ["a statement with a NUL", (connection) => connection.query("SELECT '\0'")],
  ["a parameter that is none", (connection) => connection.query("SELECT $1::text AS text", [() => {}])],
  ["a name that is none", (connection) => connection.query("SELECT 1 AS a", [], { prepare: "" })],
  ["a COPY through query()", (connection) => connection.query(COPY_IN)],
  ["a COPY through query() with all results", (connection) => connection.query(COPY_OUT, undefined, { results: "all" })],
  ["a COPY through a named statement", (connection) => connection.query(COPY_OUT, [], { prepare: "labelled" })],
  ["a step that is none", (connection) => connection.pipeline([{ sql: "SELECT '\0'" }])],
  ["a COPY through pipeline()", (connection) => connection.pipeline([{ sql: COPY_OUT }])],
  ["another statement through copyFrom()", (connection) => connection.copyFrom("SELECT 1 AS a", [])],
  ["a chunk that is none", (connection) => connection.copyFrom(COPY_IN, ["text" as never])],
  ["another statement through copyTo()", (connection) => connection.copyTo("SELECT 1 AS a").next()],
]

export const errorLaws: LawFamily = {
  name: "errors",
  laws: [
    {
      name: "a server error has SQLSTATE, severity, detail, hint and the named objects, with the driver's own error as its cause",
      check: async (bench) => {
        const connection = await bench.connect()
        const error = await rejection(connection.query(RAISE), "RAISE EXCEPTION")
        assert.ok(error instanceof QueryError, "a QueryError")
        const { code, sqlState, message, severity, detail, hint, schema, table, column, constraint, dataType, retryable } = error
        assert.deepEqual(
          { code, sqlState, message, severity, detail, hint, schema, table, column, constraint, dataType, retryable },
          {
            code: "PGSD_QUERY_FAILED",
            sqlState: "P0042",
            message: "pgsd says no",
            severity: "ERROR",
            detail: "the detail",
            hint: "the hint",
            schema: "the_schema",
            table: "the_table",
            column: "the_column",
            constraint: "the_constraint",
            dataType: "the_type",
            retryable: false,
          },
        )
        assert.ok(error.cause !== undefined, "the driver's own error is the cause")
        assert.ok(!(error.cause instanceof PgsdError), "the cause is the driver's own error")
      },
    },
    {
      name: "a syntax error has its position, in both protocols",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const params of [undefined, []]) {
          const error = await rejection(connection.query("SELECT 1 AS a, pgsd_missing", params), "an unknown column")
          assert.ok(error instanceof QueryError)
          assert.deepEqual([error.sqlState, error.position], ["42703", 16])
        }
      },
    },
    {
      name: "every error has the label of its connection, also one of a call's arguments",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_moved (n int4)")
        for (const [what, call] of LABELLED) {
          const error = await bench.soon(rejection(call(connection), what), what)
          assert.ok(error instanceof PgsdError, `${what}: ${error}`)
          assert.equal(error.label, connection.info.label, what)
          assert.equal(connection.status, "idle", what)
        }
        await connection.close()
        const error = await rejection(connection.query("SELECT 1 AS a"), "a query of a closed connection")
        assert.equal((error as PgsdError).label, connection.info.label, "a closed connection")
      },
    },
    {
      name: "an error leaves the connection as usable as before",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const params of [undefined, []]) {
          await rejection(connection.query("SELECT pgsd_missing", params), "an unknown column")
          assert.equal(connection.status, "idle")
          assert.deepEqual((await connection.query("SELECT 1 AS a", params)).rows, [{ a: 1 }])
        }
        for (const [sql, params, what] of [
          ["SELECT $1::int4 AS value", [1, 2], "a parameter too many"],
          [RAISE_LOSS, undefined, "a connection failure that is another connection's"],
        ] as const) {
          const error = await rejection(connection.query(sql, params), what)
          assert.ok(error instanceof QueryError, `${what}: ${error}`)
          assert.deepEqual([error.code, error.severity, connection.status], ["PGSD_QUERY_FAILED", "ERROR", "idle"], what)
        }
        await rejection(connection.query("SELECT $1::int4 AS value", ["no number"]), "a parameter of the wrong type")
        await rejection(connection.query("SELECT $1::int4 + $2::int4 AS value", [1]), "a parameter too few")
        assert.deepEqual((await connection.query("SELECT 1 AS a")).rows, [{ a: 1 }])
      },
    },
  ],
}
