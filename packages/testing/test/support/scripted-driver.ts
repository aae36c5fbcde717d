import { type FakeClock, type FakeConnection, type FakeDriver, type FakeResult, type FakeWireRows, fakeDriver } from "@pgsd/testing"
import { SERIES, STAYED, WRITTEN } from "../../src/conformance/batch-laws.ts"
import { COPIED, COPY_IN, COPY_OUT } from "../../src/conformance/copy-laws.ts"
import { RAISE, RAISE_LOSS } from "../../src/conformance/error-laws.ts"
import { NOTICE, NOTIFY } from "../../src/conformance/message-laws.ts"
import { GIVEN_NAMES } from "../../src/conformance/statement-laws.ts"
import { SAME } from "../../src/conformance/status-laws.ts"
import { READ_VALUES, WRITTEN_VALUES } from "../../src/conformance/value-table.ts"

/** The fake driver's own client is its connection. */
export const native = (client: unknown, sql: string) => (client as FakeConnection).query(sql)

/** A fake driver that answers all statements of the laws as PostgreSQL does. */
export function scriptedDriver(): FakeDriver {
  const driver = fakeDriver({ unscripted: "error", clock: hurried })
  driver.answer(/^(?:CREATE|SET|LISTEN)\b/, {})
  answerQuestions(driver)
  answerErrors(driver)
  answerCounts(driver)
  answerValues(driver)
  answerCopies(driver)
  answerPipelines(driver)
  return driver
}

/** pg_sleep takes a third of its time here, because forty broken drivers run the whole suite. */
const hurried: FakeClock = {
  setTimeout: (callback, ms) => setTimeout(callback, ms / 3),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/** One row. */
function wire(columns: FakeWireRows["columns"], ...row: (string | null)[]): FakeResult {
  return { wire: { columns, rows: [row] } }
}

function answerQuestions(driver: FakeDriver): void {
  driver.answer(/^SELECT (\d) AS (\w)$/, ({ sql }) => wire([[sql.at(-1)!, 23]], sql[7]!))
  driver.answer("SELECT 2 AS b UNION ALL SELECT 3", { wire: { columns: [["b", 23]], rows: [["2"], ["3"]] } })
  driver.answer(
    "SELECT 1 AS id, 'a' AS name, 2 AS id",
    wire(
      [
        ["id", 23],
        ["name", 25],
        ["id", 23],
      ],
      "1",
      "a",
      "2",
    ),
  )
  driver.answer(/^SELECT \$1::int4 AS (\w+)$/, ({ sql, encoded }) =>
    /^-?\d+$/.test(encoded?.[0] ?? "0")
      ? wire([[sql.split(" ").at(-1)!, 23]], encoded?.[0] ?? null)
      : { error: { sqlState: "22P02", message: "invalid input syntax for type integer" } },
  )
  driver.answer("SELECT $1::text AS text", ({ encoded }) => wire([["text", 25]], encoded![0]!))
  driver.answer("SELECT current_query() AS sql, $1::text AS value", ({ sql, encoded }) =>
    wire(
      [
        ["sql", 25],
        ["value", 25],
      ],
      sql,
      encoded?.[0] ?? null,
    ),
  )
  driver.answer("SELECT n::int4 FROM generate_series(1, 20000) AS n", {
    wire: { columns: [["n", 23]], rows: Array.from({ length: 20_000 }, (_, index) => [String(index + 1)]) },
  })
  driver.answer(
    /AS "__proto__"/,
    wire(
      [
        ["__proto__", 114],
        ["constructor", 23],
        ["toString", 23],
      ],
      '{"stolen": true}',
      "1",
      "2",
    ),
  )
  driver.answer(
    "SELECT '{1,2}'::int4[] AS list, 7::int4 AS number",
    wire(
      [
        ["list", 1007],
        ["number", 23],
      ],
      "{1,2}",
      "7",
    ),
  )
  driver.answer(/^SELECT pg_sleep\((.+?)\)(?:, (\d) AS (\w))?$/, ({ sql, encoded }) => {
    const [, seconds = "", value, name = ""] = /^SELECT pg_sleep\((.+?)\)(?:, (\d) AS (\w))?$/.exec(sql)!
    const delayMs = 1_000 * Number(encoded?.[0] ?? seconds)
    return {
      delayMs,
      ...(value === undefined
        ? wire([["pg_sleep", 2278]], "")
        : wire(
            [
              ["pg_sleep", 2278],
              [name, 23],
            ],
            "",
            value,
          )),
    }
  })
  driver.answer(/client_encoding/, ({ connection }) => {
    connection.setParameter("client_encoding", "LATIN1")
    return {}
  })
  driver.answer("SELECT 'é' AS value", wire([["value", 25]], "é"))
  driver.answer(/^SET application_name = '(.*)'$/, ({ sql, connection }) => {
    connection.setParameter("application_name", sql.split("'")[1]!)
    return {}
  })
  driver.answer(NOTICE, {
    notices: [{ severity: "WARNING", sqlState: "01042", message: "pgsd warns", detail: "the detail", hint: "the hint" }],
  })
  driver.answer(NOTIFY, {})
}

function answerErrors(driver: FakeDriver): void {
  driver.answer(/^[^;]*pgsd_missing/, ({ sql }) => ({
    error: { sqlState: "42703", message: 'column "pgsd_missing" does not exist', position: sql.indexOf("pgsd_missing") + 1 },
  }))
  driver.answer(({ sql, params }) => params !== undefined && sql.includes(";"), {
    error: { sqlState: "42601", message: "cannot insert multiple commands into a prepared statement" },
  })
  driver.answer(({ sql, params }) => sql === "SELECT $1::int4 AS value" && params?.length === 2, {
    error: { sqlState: "08P01", message: "bind message supplies 2 parameters" },
  })
  driver.answer(RAISE_LOSS, { error: { sqlState: "08006", message: "the other server is gone" } })
  driver.answer("SELECT $1::int4 + $2::int4 AS value", { error: { sqlState: "08P01", message: "bind message supplies 1 parameters" } })
  driver.answer(RAISE, {
    error: {
      sqlState: "P0042",
      message: "pgsd says no",
      detail: "the detail",
      hint: "the hint",
      schema: "the_schema",
      table: "the_table",
      column: "the_column",
      constraint: "the_constraint",
      dataType: "the_type",
    },
  })
}

/** Tables are the numbers of rows inserted. */
function answerCounts(driver: FakeDriver): void {
  driver.answer(/^INSERT INTO/, ({ sql }) => ({ rowCount: sql.split("(").length - 1 }))
  driver.answer(SAME, ({ connection }) => {
    const same = driver.queries.filter(({ sql, connection: on }) => on === connection && sql === SAME)
    return same.length === 1 ? { rowCount: 1 } : { error: { sqlState: "23505" } }
  })
  driver.answer(/^UPDATE pgsd_counted/, { rowCount: 2 })
  driver.answer(/^DELETE FROM pgsd_counted/, wire([["a", 23]], "1"))
  driver.answer("SELECT a FROM pgsd_counted", { wire: { columns: [["a", 23]], rows: [["12"], ["13"]] } })
  driver.answer("SELECT count(*)::int4 AS kept FROM pgsd_copied", wire([["kept", 23]], "2"))
  driver.answer(/^SELECT count\(\*\)::int4 AS sent FROM/, ({ sql, connection }) => {
    const table = sql.split(" ").at(-1)!
    const sent = driver.queries.filter((query) => query.connection === connection && query.sql.startsWith(`INSERT INTO ${table}`))
    return wire([["sent", 23]], String(sent.length))
  })
  driver.answer("SELECT count(*)::int4 AS named FROM pg_prepared_statements", ({ connection }) => {
    const named = driver.queries.filter((query) => query.connection === connection && query.prepare)
    return wire([["named", 23]], String(new Set(named.map((query) => query.sql)).size))
  })
  driver.answer(GIVEN_NAMES, ({ connection }) => {
    const given = driver.queries.filter((query) => query.connection === connection && typeof query.prepare === "string")
    const rows = [...new Map(given.map((query) => [String(query.prepare), query.sql]))]
    return {
      wire: {
        columns: [
          ["name", 19],
          ["statement", 25],
        ],
        rows,
      },
    }
  })
  driver.answer(/^(?:DEALLOCATE ALL|DISCARD|ALTER TABLE)/, {})
  driver.answer("SET client_encoding = 'UTF8'; SELECT 1 AS a", { ...wire([["a", 23]], "1"), command: "SELECT" })
  driver.answer("CALL pg_temp.pgsd_once()", ({ connection }) => {
    const made = driver.queries.findLast(({ sql, connection: on }) => on === connection && sql.includes("PROCEDURE"))
    return { error: { sqlState: made?.sql.includes("0A000") ? "0A000" : "26000" } }
  })
  driver.answer("SELECT count(*)::int4 AS executed FROM pgsd_once", ({ connection }) => {
    const calls = driver.queries.filter(({ sql, connection: on }) => on === connection && sql.startsWith("CALL"))
    return wire([["executed", 23]], String(calls.length))
  })
  driver.answer("SELECT * FROM pgsd_changing", ({ connection }) => {
    const changed = driver.queries.some(({ sql, connection: on }) => on === connection && sql.startsWith("ALTER TABLE"))
    if (!changed) return wire([["a", 23]], "1")
    return wire(
      [
        ["a", 23],
        ["b", 23],
      ],
      "1",
      "2",
    )
  })
  driver.answer("SELECT b, 1::int8 AS c FROM pgsd_described", {
    fields: [
      { name: "b", typeId: 25, tableId: 4711, columnId: 2 },
      { name: "c", typeId: 20, tableId: 0, columnId: 0 },
    ],
  })
}

function answerValues(driver: FakeDriver): void {
  for (const { expression, typeId = 0, text } of READ_VALUES)
    driver.answer(`SELECT ${expression} AS value`, wire([["value", typeId]], text))
  driver.answer(/^SELECT \$1::(.+)::text AS text$/, ({ sql, encoded }) => {
    const type = /^SELECT \$1::(.+)::text AS text$/.exec(sql)![1]!
    const known = WRITTEN_VALUES.find((each) => each.type === type && each.sent === encoded?.[0])
    if (known === undefined) return { error: { sqlState: "22P02", message: `this server has not received of ${encoded?.[0]}` } }
    return wire([["text", 25]], known.text)
  })
}

/** What the table got outside of pipelines: of failed ones nothing stays, and the laws query no other. */
function answerPipelines(driver: FakeDriver): void {
  driver.answer(SERIES, { wire: { columns: [["n", 23]], rows: [["1"], ["2"], ["3"], ["4"], ["5"]] } })
  driver.answer(WRITTEN, { wire: { columns: [["a", 23]], rows: [["1"], ["2"], ["3"]] } })
  driver.answer(STAYED, ({ connection }) => {
    const alone = driver.queries.filter(
      ({ sql, pipelined, connection: on }) => on === connection && !pipelined && /^INSERT INTO pgsd_b/.test(sql),
    )
    return wire([["stayed", 23]], String(alone.length))
  })
}

/** The table is what was copied into it, unless one of the lines was wrong. */
function answerCopies(driver: FakeDriver): void {
  const wrong = (text: string) => text.split("\n").findIndex((line) => line.startsWith("wrong"))
  driver.answer(COPY_IN, ({ copied }) => {
    const line = wrong(String(copied))
    if (line < 0) return {}
    return { error: { sqlState: "22P02", where: `COPY pgsd_moved, line ${line + 1}, column a: "wrong"` } }
  })
  driver.answer(COPY_OUT, {
    copy: Array.from({ length: 50 }, (_, n) => Array.from({ length: 1_000 }, (_, i) => `${1_000 * n + i + 1}\n`).join("")),
  })
  driver.answer(COPIED, ({ connection }) => {
    const copies = driver.queries.filter(
      ({ copied, connection: on }) => on === connection && copied !== undefined && wrong(String(copied)) < 0,
    )
    const lines = copies.reduce((count, { copied }) => count + String(copied).split("\n").length - 1, 0)
    const inserted = driver.queries.filter(({ sql, connection: on }) => on === connection && sql.startsWith("INSERT INTO pgsd_moved"))
    return wire([["moved", 23]], String(lines + inserted.length))
  })
}
