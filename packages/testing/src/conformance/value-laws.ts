import assert from "node:assert/strict"
import type { Connection } from "@pgsd/driver"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { READ_VALUES, REFUSED_VALUES, WRITTEN_VALUES } from "./value-table.ts"
import { rejection } from "./waiting.ts"

/** The output settings of the value table, and the enum it uses. */
const VALUE_SETTINGS =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET lc_monetary = 'C'; SET extra_float_digits = 1"
const VALUE_ENUM = "CREATE TYPE pg_temp.pgsd_mood AS ENUM ('sad', 'not ok')"

export const valueLaws: LawFamily = {
  name: "values",
  laws: [
    {
      name: "every value is parsed by the value table",
      check: async (bench) => {
        const connection = await prepared(bench)
        for (const { expression, typeId, value } of READ_VALUES)
          for (const params of [undefined, []]) {
            const { rows, fields } = await connection.query(`SELECT ${expression} AS value`, params)
            assert.deepEqual(rows, [{ value }], `${expression}, ${params === undefined ? "simple" : "extended"} protocol`)
            if (typeId !== undefined) assert.equal(fields[0]?.typeId, typeId, `the type of ${expression}`)
          }
      },
    },
    {
      name: "every parameter is sent as the same text, whose type is left to the server",
      check: async (bench) => {
        const connection = await prepared(bench)
        for (const { value, type, text } of WRITTEN_VALUES) {
          const { rows } = await connection.query(`SELECT $1::${type}::text AS text`, [value])
          assert.deepEqual(rows, [{ text }], `${type} from ${describe(value)}`)
        }
      },
    },
    {
      name: "a parameter without a PostgreSQL form is refused before anything is sent",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("BEGIN")
        for (const [what, value] of REFUSED_VALUES) {
          const error = await rejection(connection.query("SELECT $1 AS value", [value]), what)
          assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_PARAMETER", what)
          // If it had reached the server, the transaction would have failed or the connection would be busy.
          assert.equal(connection.status, "transaction", `status after ${what}`)
        }
        // The same for anything that is not a statement or a list of parameters: habits from other libraries, in untyped programs.
        for (const [what, sql, params] of [
          ["an object for the statement", { text: "SELECT 1" }, undefined],
          ["no statement", undefined, undefined],
          ["a statement with a NUL", "SELECT 1\0", undefined],
          ["a text for the parameters", "SELECT $1", "x"],
        ] as const) {
          const error = await rejection(connection.query(sql as string, params as never), what)
          assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_PARAMETER", what)
          assert.equal(connection.status, "transaction", `status after ${what}`)
        }
      },
    },
    {
      name: "types overrides parsers for its own query alone",
      check: async (bench) => {
        const connection = await bench.connect()
        const sql = "SELECT '{1,2}'::int4[] AS list, 7::int4 AS number"
        const types = { 23: (text: string) => `<${text}>` }
        const own = await connection.query(sql, undefined, { types })
        assert.deepEqual(own.rows, [{ list: ["<1>", "<2>"], number: "<7>" }])
        assert.deepEqual((await connection.query(sql)).rows, [{ list: [1, 2], number: 7 }])
      },
    },
    {
      name: "a value parser that throws fails only its own query, with its exception",
      check: async (bench) => {
        const connection = await bench.connect()
        const thrown = new Error("a value parser's own")
        const types = {
          23: () => {
            throw thrown
          },
        }
        await connection.query("BEGIN")
        const sql = "SELECT 1 AS a"
        for (const [what, ask] of [
          ["a text", () => connection.query(sql, undefined, { types })],
          ["a statement with parameters", () => connection.query(sql, [], { types })],
          ["a prepared statement", () => connection.query(sql, [], { types, prepare: true })],
          ["the results of every statement", () => connection.query(sql, undefined, { types, results: "all" })],
          ["a pipeline", () => connection.pipeline([{ sql: "SELECT 2 AS b" }, { sql, types }, { sql }])],
        ] as const) {
          assert.equal(await bench.soon(rejection(ask(), what), what), thrown, what)
          assert.equal(connection.status, "transaction", `status after ${what}`)
          assert.deepEqual((await bench.soon(connection.query(sql), `a query after ${what}`)).rows, [{ a: 1 }])
        }
      },
    },
    {
      name: 'rowMode "array" keeps two columns of the same name, for its own query alone',
      check: async (bench) => {
        const connection = await bench.connect()
        const sql = "SELECT 1 AS id, 'a' AS name, 2 AS id"
        for (const params of [undefined, []]) {
          const { rows, fields } = await connection.query(sql, params, { rowMode: "array" })
          assert.deepEqual(rows, [[1, "a", 2]])
          assert.deepEqual(
            fields.map(({ name }) => name),
            ["id", "name", "id"],
          )
          assert.deepEqual(Object.keys((await connection.query(sql, params)).rows[0]!).sort(), ["id", "name"])
        }
      },
    },
    {
      name: 'undefinedAs "null" writes undefined as NULL, for its own query alone',
      check: async (bench) => {
        const connection = await bench.connect()
        const sql = "SELECT $1::int4 AS n"
        assert.deepEqual((await connection.query(sql, [undefined], { undefinedAs: "null" })).rows, [{ n: null }])
        const error = await rejection(connection.query(sql, [undefined]), "undefined without the option")
        assert.equal((error as { code?: unknown }).code, "PGSD_INVALID_PARAMETER")
      },
    },
  ],
}

async function prepared(bench: Bench): Promise<Connection> {
  const connection = await bench.connect()
  await connection.query(VALUE_SETTINGS)
  await connection.query(VALUE_ENUM)
  return connection
}

function describe(value: unknown): string {
  return typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value))
}
