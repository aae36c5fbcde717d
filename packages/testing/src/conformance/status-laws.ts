import assert from "node:assert/strict"
import { setImmediate as nextTurn } from "node:timers/promises"
import { DatabaseConnectionError } from "@pgsd/driver"
import { closings } from "./bench.ts"
import type { LawFamily } from "./law.ts"
import { eventually, rejection } from "./waiting.ts"

export const SAME = "INSERT INTO pgsd_same VALUES (1)"

export const statusLaws: LawFamily = {
  name: "status",
  laws: [
    {
      name: "status is correct when a query settles: after BEGIN, an error, ROLLBACK TO, COMMIT, ROLLBACK",
      check: async (bench) => {
        const connection = await bench.connect()
        const seen: string[] = [connection.status]
        for (const sql of [
          "BEGIN",
          "SAVEPOINT a",
          "SELECT pgsd_missing",
          "ROLLBACK TO a",
          "COMMIT",
          "BEGIN",
          "SELECT pgsd_missing",
          "ROLLBACK",
        ])
          await connection.query(sql).then(
            () => seen.push(connection.status),
            () => seen.push(connection.status),
          )
        assert.deepEqual(seen, ["idle", "transaction", "transaction", "failed", "transaction", "idle", "transaction", "failed", "idle"])
      },
    },
    {
      name: "a query in a failed transaction is refused with 25P02, and COMMIT is answered with ROLLBACK",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("BEGIN")
        await rejection(connection.query("SELECT pgsd_missing"), "an unknown column")
        const refused = await rejection(connection.query("SELECT 1 AS a"), "a query in a failed transaction")
        const { code, sqlState } = refused as { code?: unknown; sqlState?: unknown }
        assert.deepEqual([code, sqlState], ["PGSD_TRANSACTION_FAILED", "25P02"])
        assert.equal((await connection.query("COMMIT")).command, "ROLLBACK")
      },
    },
    {
      name: "status is busy from the call of query() until the last query has settled",
      check: async (bench) => {
        const connection = await bench.connect()
        const first = connection.query("SELECT 1 AS a")
        assert.equal(connection.status, "busy")
        const second = connection.query("SELECT pgsd_missing").catch(() => {})
        const third = connection.query("SELECT pg_sleep(0.05), 2 AS b")
        await first
        await second
        assert.equal(connection.status, "busy", "while the third is under way")
        await third
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "status is correct when a call to the driver's own client settles",
      check: async (bench) => {
        const connection = await bench.connect()
        const native = (sql: string) => bench.soon(bench.subject.native(connection.native, sql), sql)
        const seen: string[] = []
        for (const sql of ["BEGIN", "SELECT 1 AS a", "SELECT pgsd_missing", "ROLLBACK", "BEGIN", "COMMIT"]) {
          const refused = await native(sql).then(
            () => false,
            () => true,
          )
          assert.equal(refused, sql === "SELECT pgsd_missing", sql)
          // Some clients reject at the error, before the server reports the status.
          if (refused) await eventually(bench.timeoutMs, () => connection.status !== "busy", "it stays busy after an error")
          seen.push(connection.status)
        }
        assert.deepEqual(seen, ["transaction", "transaction", "failed", "idle", "transaction", "idle"])
        await connection.query("BEGIN")
        await native("ROLLBACK")
        assert.equal(connection.status, "idle", "after a transaction of ours that the driver's own client has ended")
      },
    },
    {
      name: "unawaited calls to the driver's own client make the session busy, and a later query follows them",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const [sql, after] of [
          ["BEGIN; SELECT pg_sleep(0.05)", "transaction"],
          ["SELECT pg_sleep(0.05); SELECT pgsd_missing", "failed"],
          ["ROLLBACK; SELECT pg_sleep(0.05)", "idle"],
        ] as const) {
          const left = bench.subject.native(connection.native, sql).catch(() => {})
          // Some clients write a moment later.
          for (let turn = 0; turn < 10 && connection.status !== "busy"; turn++) await nextTurn()
          assert.equal(connection.status, "busy", sql)
          await bench.soon(
            connection.query("SELECT 1 AS a").catch(() => {}),
            `a query behind ${sql}`,
          )
          assert.equal(connection.status, after, `after a query behind ${sql}`)
          await left
        }
      },
    },
    {
      name: "a statement of the driver's own client and a query with the same text have each their own answer",
      check: async (bench) => {
        const connection = await bench.connect()
        await connection.query("CREATE TEMP TABLE pgsd_same (a int4 PRIMARY KEY)")
        const left = bench.subject.native(connection.native, SAME)
        const error = await bench.soon(rejection(connection.query(SAME), "the same row again"), "the same row again")
        assert.equal((error as { sqlState?: unknown }).sqlState, "23505")
        await bench.soon(left, "the statement of the driver's own client")
        assert.equal(connection.status, "idle")
      },
    },
    {
      name: "transactionEpoch changes when a transaction ends, however it ends, and not before",
      check: async (bench) => {
        const connection = await bench.connect()
        const native = (sql: string) => bench.subject.native(connection.native, sql)
        for (const send of [(sql: string) => connection.query(sql), native])
          for (const [sql, ends] of [
            ["BEGIN", undefined],
            ["SELECT 1 AS a", false],
            ["SAVEPOINT a", false],
            ["SELECT pgsd_missing", false],
            ["ROLLBACK TO SAVEPOINT a", false],
            ["COMMIT; BEGIN", true],
            ["ROLLBACK; BEGIN", true],
            ["COMMIT AND CHAIN", true],
            ["ROLLBACK AND CHAIN", true],
            ["SELECT pgsd_missing", false],
            ["COMMIT AND CHAIN", true],
            ["COMMIT; BEGIN; SELECT pgsd_missing", true],
            ["ROLLBACK; BEGIN; SELECT pgsd_missing", true],
            ["ROLLBACK", true],
          ] as const) {
            const before = connection.transactionEpoch
            await bench.soon(
              send(sql).catch(() => {}),
              sql,
            )
            await eventually(bench.timeoutMs, () => connection.status !== "busy", `it stays busy after ${sql}`)
            if (ends !== undefined) assert.equal(connection.transactionEpoch !== before, ends, sql)
          }
      },
    },
    {
      name: "transactionEpoch changes when a step of pipeline() ends a transaction, and not before",
      check: async (bench) => {
        const connection = await bench.connect()
        for (const [texts, ends] of [
          [["BEGIN", "SAVEPOINT a"], undefined],
          [["SELECT 1 AS a", "ROLLBACK TO SAVEPOINT a"], false],
          [["COMMIT", "BEGIN"], true],
          [["ROLLBACK", "BEGIN"], true],
          [["ROLLBACK AND CHAIN"], true],
          [["ROLLBACK AND CHAIN", "SELECT pgsd_missing"], true],
          [["COMMIT AND CHAIN"], true],
          [["ROLLBACK"], true],
        ] as const) {
          const before = connection.transactionEpoch
          const steps = texts.map((sql) => ({ sql }))
          await bench.soon(
            connection.pipeline(steps).catch(() => {}),
            texts.join("; "),
          )
          await eventually(bench.timeoutMs, () => connection.status !== "busy", `it stays busy after ${texts.join("; ")}`)
          if (ends !== undefined) assert.equal(connection.transactionEpoch !== before, ends, texts.join("; "))
        }
      },
    },
    {
      name: "a session whose client_encoding is no longer UTF8 ends before a wrong character is read or written",
      check: async (bench) => {
        for (const sql of ["SET client_encoding = 'LATIN1'", "SELECT set_config('client_encoding', 'LATIN1', false)"]) {
          const connection = await bench.connect()
          const closes = closings(connection)
          const error = await bench.soon(rejection(connection.query(sql), sql), sql)
          assert.ok(error instanceof DatabaseConnectionError)
          assert.deepEqual([error.code, error.retryable], ["PGSD_ENCODING_CHANGED", false])
          assert.equal(connection.status, "closed")
          assert.deepEqual(closes, [error])
          const next = await bench.connect()
          assert.deepEqual((await next.query("SELECT 'é' AS value")).rows, [{ value: "é" }])
          await next.close()
        }
      },
    },
    {
      name: "serverParameters follow the server without a query",
      check: async (bench) => {
        const connection = await bench.connect()
        assert.match(connection.serverParameters.server_version ?? "", /^\d+/)
        await connection.query("SET application_name = 'pgsd conformance'")
        await eventually(
          bench.timeoutMs,
          () => connection.serverParameters.application_name === "pgsd conformance",
          "serverParameters.application_name is not what was SET",
        )
      },
    },
    {
      name: "two connections are two sessions",
      needs: ["many"],
      check: async (bench) => {
        const [one, other] = [await bench.connect(), await bench.connect()]
        assert.notEqual(one.info.processId, other.info.processId)
        await one.query("BEGIN")
        assert.deepEqual([one.status, other.status], ["transaction", "idle"])
      },
    },
  ],
}
