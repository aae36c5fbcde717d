import assert from "node:assert/strict"
import { PgsdError, QueryError } from "@pgsd/driver"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"

export const RAISE =
  "DO $$ BEGIN RAISE EXCEPTION 'pgsd says no' USING ERRCODE = 'P0042', DETAIL = 'the detail', HINT = 'the hint', TABLE = 'the_table', SCHEMA = 'the_schema', COLUMN = 'the_column', CONSTRAINT = 'the_constraint', DATATYPE = 'the_type'; END $$"

/** What dblink and postgres_fdw raise when their own connection fails. */
export const RAISE_LOSS = "DO $$ BEGIN RAISE EXCEPTION 'the other server is gone' USING ERRCODE = '08006'; END $$"

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
