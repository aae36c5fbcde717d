import assert from "node:assert/strict"
import { type Connection, isPgsdError, type PipelineStep, QueryError } from "@pgsd/driver"
import type { Bench } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { rejection } from "./waiting.ts"

export const STAYED = "SELECT count(*)::int4 AS stayed FROM pgsd_batched"
export const SERIES = "SELECT n::int4 AS n FROM generate_series(1, 5) AS n"
export const WRITTEN = "INSERT INTO pgsd_batched VALUES (1), (2), (3) RETURNING a"
const INSERT = { sql: "INSERT INTO pgsd_batched VALUES ($1)", params: [1] }
const reason = new Error("no longer wanted")

export const batchLaws: LawFamily = {
  name: "pipelines and portals",
  laws: [
    {
      name: "a pipeline returns one result per statement, in order, with its own parameters, parsers and row mode",
      check: async (bench) => {
        const connection = await withTable(bench)
        const types = { 23: (text: string) => `n${text}` }
        const results = await bench.soon(
          connection.pipeline([
            { sql: "SELECT $1::int4 AS value", params: [7] },
            INSERT,
            { sql: "SELECT 1 AS a", types },
            { sql: "SELECT 2 AS b UNION ALL SELECT 3", rowMode: "array" },
          ]),
          "a pipeline",
        )
        assert.deepEqual(
          results.map(({ rows, rowCount, command, suspended }) => ({ rows, rowCount, command, suspended })),
          [
            { rows: [{ value: 7 }], rowCount: 1, command: "SELECT", suspended: false },
            { rows: [], rowCount: 1, command: "INSERT", suspended: false },
            { rows: [{ a: "n1" }], rowCount: 1, command: "SELECT", suspended: false },
            { rows: [[2], [3]], rowCount: 2, command: "SELECT", suspended: false },
          ],
        )
        assert.deepEqual(
          results.map(({ fields }) => fields.map(({ name }) => name)),
          [["value"], [], ["a"], ["b"]],
        )
        assert.deepEqual(await connection.pipeline([]), [])
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "after a failed statement of a pipeline nothing runs, and outside a transaction nothing stays; the error has its index",
      check: async (bench) => {
        const connection = await withTable(bench)
        const failing = connection.pipeline([INSERT, { sql: "SELECT pgsd_missing" }, INSERT])
        failedAt(await bench.soon(rejection(failing, "a pipeline"), "a pipeline that fails"), 1)
        assert.equal(connection.status, "idle")
        assert.equal(await stayed(connection), 0)
        await connection.query("BEGIN")
        failedAt(await bench.soon(rejection(connection.pipeline([{ sql: "SELECT pgsd_missing" }]), "a pipeline"), "another"), 0)
        assert.equal(connection.status, "failed")
        await connection.query("ROLLBACK")
      },
    },
    {
      name: "a pipeline with a COPY, an invalid statement or an invalid parameter is refused without sending anything",
      check: async (bench) => {
        const connection = await withTable(bench)
        const wrong = [
          ["PGSD_UNSUPPORTED", { sql: "COPY pgsd_batched FROM STDIN" }],
          ["PGSD_INVALID_PARAMETER", { sql: "SELECT $1::text", params: ["\0"] }],
          ["PGSD_UNSUPPORTED", { sql: "; COPY pgsd_batched FROM STDIN" }],
          ["PGSD_INVALID_PARAMETER", { sql: 7 as unknown as string }],
          ["PGSD_INVALID_PARAMETER", { sql: "SELECT 1 AS a", portal: "a\0b" }],
          ["PGSD_INVALID_PARAMETER", { sql: "SELECT 1 AS a", portal: "\ud800" }],
          ["PGSD_INVALID_PARAMETER", { sql: "SELECT 1 AS a", rows: 2 ** 32 }],
          ["PGSD_INVALID_PARAMETER", { fetch: "a\0b", rows: 1 }],
          ["PGSD_INVALID_PARAMETER", { fetch: "a", rows: -1 }],
          ["PGSD_INVALID_PARAMETER", { close: "a\0b" }],
          ["PGSD_INVALID_PARAMETER", undefined as unknown as PipelineStep],
        ] as const
        await connection.query("BEGIN")
        for (const [code, step] of wrong) {
          const what = `a pipeline with ${JSON.stringify(step)}`
          const error = await bench.soon(rejection(connection.pipeline([INSERT, step]), what), what)
          assert.ok(isPgsdError(error), `${what}: ${error}`)
          assert.equal(error.code, code, what)
          assert.equal(error.statementIndex, 1, what)
        }
        const none = await rejection(connection.pipeline(7 as unknown as []), "a pipeline that is no array")
        assert.ok(isPgsdError(none), String(none))
        assert.equal(connection.status, "transaction")
        await connection.query("ROLLBACK")
      },
    },
    {
      name: "queries before and after a pipeline keep their order",
      check: async (bench) => {
        const connection = await bench.connect()
        const order: string[] = []
        const note = (what: string) => () => void order.push(what)
        await Promise.all([
          connection.query("SELECT 1 AS a").then(note("before")),
          connection.pipeline([{ sql: "SELECT pg_sleep(0.05)" }, { sql: "SELECT 2 AS b" }]).then(note("pipeline")),
          connection.query("SELECT 3 AS c").then(note("behind")),
          connection.pipeline([{ sql: "SELECT 4 AS d" }]).then(note("another")),
        ])
        assert.deepEqual(order, ["before", "pipeline", "behind", "another"])
      },
    },
    {
      name: "an abort ends a pipeline without an effect: the connection is usable or closed",
      needs: ["cancel"],
      check: async (bench) => {
        const connection = await withTable(bench)
        const fired = connection.pipeline([INSERT], { signal: AbortSignal.abort(reason) })
        assert.equal(await rejection(fired, "a pipeline with a fired signal"), reason)
        const aborter = new AbortController()
        const aborted = connection.pipeline([INSERT, { sql: "SELECT pg_sleep(1)" }, INSERT], { signal: aborter.signal })
        setTimeout(() => aborter.abort(reason), 50)
        assert.equal(await bench.soon(rejection(aborted, "a pipeline"), "an aborted pipeline"), reason)
        if (connection.status !== "closed") assert.equal(await stayed(connection), 0)
      },
    },
    {
      name: "a portal returns its rows in parts, until the end of its transaction and concurrently with others; a writing statement takes effect at once",
      check: async (bench) => {
        const connection = await withTable(bench)
        const portal = (name: string, sql: string) => ({ sql, portal: name, rows: 2 })
        const [, first, other] = await bench.soon(
          connection.pipeline([{ sql: "BEGIN" }, portal("pgsd_a", SERIES), portal("pgsd_b", WRITTEN)]),
          "portals",
        )
        assert.deepEqual(
          [first, other].map((each) => [each?.rows, each?.suspended, each?.rowCount]),
          [
            [[{ n: 1 }, { n: 2 }], true, 2],
            [[{ a: 1 }, { a: 2 }], true, 2],
          ],
        )
        const [more, rest] = await bench.soon(
          connection.pipeline([
            { fetch: "pgsd_a", rows: 2, rowMode: "array" },
            { fetch: "pgsd_b", rows: 2 },
          ]),
          "more rows",
        )
        assert.deepEqual([more?.rows, more?.suspended, more?.fields[0]?.name], [[[3], [4]], true, "n"])
        assert.deepEqual([rest?.rows, rest?.suspended], [[{ a: 3 }], false])
        const [last] = await bench.soon(
          connection.pipeline([{ fetch: "pgsd_a", rows: 2 }, { close: "pgsd_a" }, { close: "pgsd_a" }]),
          "the end",
        )
        assert.deepEqual([last?.rows, last?.suspended, last?.command], [[{ n: 5 }], false, "SELECT"])
        const gone = await bench.soon(rejection(connection.pipeline([{ fetch: "pgsd_a", rows: 2 }]), "a closed portal"), "a closed portal")
        assert.ok(gone instanceof QueryError)
        assert.equal(gone.sqlState, "34000")
        await connection.query("ROLLBACK")
      },
    },
    {
      name: "a pipeline is one round trip",
      needs: ["network", "pipeline"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const before = proxy.roundTrips
        await connection.pipeline([{ sql: "BEGIN" }, ...Array.from({ length: 50 }, () => ({ sql: "SELECT 1" })), { sql: "COMMIT" }])
        assert.equal(proxy.roundTrips - before, 1)
      },
    },
    {
      name: "a lost connection rejects a pipeline",
      needs: ["network"],
      check: async (bench) => {
        const { proxy, target } = await bench.proxied()
        const connection = await bench.connect(target)
        const lost = rejection(connection.pipeline([{ sql: "SELECT pg_sleep(60)" }]), "a pipeline")
        setTimeout(() => proxy.cut(), 50)
        const error = await bench.soon(lost, "a pipeline at a loss")
        assert.ok(isPgsdError(error))
        assert.equal(error.code, "PGSD_CONNECTION_LOST")
      },
    },
  ],
}

async function withTable(bench: Bench): Promise<Connection> {
  const connection = await bench.connect()
  await connection.query("CREATE TEMP TABLE pgsd_batched (a int4)")
  return connection
}

async function stayed(connection: Connection): Promise<number> {
  return (await connection.query<{ stayed: number }>(STAYED)).rows[0]?.stayed ?? -1
}

function failedAt(error: unknown, index: number): void {
  assert.ok(error instanceof QueryError)
  assert.equal(error.sqlState, "42703")
  assert.equal(error.statementIndex, index)
}
