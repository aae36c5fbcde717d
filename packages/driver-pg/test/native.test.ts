import { Readable, Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { inspect } from "node:util"
import { pgDriver } from "@pgsd/driver-pg"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type { Client } from "pg"
import { from, to } from "pg-copy-streams"
import { afterAll, beforeAll, expect, test } from "vitest"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

/** The smallest submittable, like pg-cursor, pg-query-stream and pg-copy-streams, which pg refuses while it pipelines. */
function submittable(text: string, done: () => void) {
  return {
    submit: (connection: { query(text: string): void }) => connection.query(text),
    handleRowDescription: () => {},
    handleDataRow: () => {},
    handleCommandComplete: () => {},
    handleReadyForQuery: done,
    handleError: (error: Error) => {
      throw error
    },
  }
}

test("native is pg's client, with its own types and results, independent of ours", async () => {
  const connection = await pgDriver().connect(server.target())
  const native = connection.native as Client
  const sql = "SELECT 1::int8 AS eight, '2001-02-03'::date AS day"
  const theirs = await native.query(sql)
  expect(theirs.rows[0]).toEqual({ eight: "1", day: new Date(2001, 1, 3) })
  expect((await connection.query(sql)).rows).toEqual([{ eight: "1", day: "2001-02-03" }])
  expect(connection.status).toBe("idle")
  await native.query("BEGIN")
  expect(connection.status).toBe("transaction")
  await connection.close()
})

test("native accepts cursors and COPY streams, also after pipelined queries", async () => {
  const connection = await pgDriver().connect(server.target())
  for (let round = 0; round < 2; round++) {
    await Promise.allSettled(["SELECT 1", "SELECT missing", "SELECT 2"].map((sql) => connection.query(sql)))
    await new Promise<void>((resolve) => (connection.native as Client).query(submittable("SELECT 1", resolve) as never))
  }
  expect((await connection.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  await connection.close()
})

test("native accepts pg-copy-streams in both directions, with back-pressure and errors", async () => {
  const connection = await pgDriver().connect(server.target())
  const native = connection.native as Client
  await connection.query("CREATE TEMP TABLE moved (a int4, b text)")
  const lines = Array.from({ length: 20_000 }, (_, n) => `${n}\t${"x".repeat(100)}\n`)
  await pipeline(Readable.from(lines), native.query(from("COPY moved FROM STDIN")))
  for (let round = 0; round < 2; round++) {
    let text = ""
    const slow = new Writable({
      highWaterMark: 1_000,
      write(chunk, _encoding, callback) {
        text += chunk
        setImmediate(callback)
      },
    })
    await pipeline(native.query(to("COPY moved TO STDOUT")), slow)
    expect(text === lines.join("")).toBe(true)
    await expect(pipeline(native.query(to("COPY missing TO STDOUT")), new Writable())).rejects.toThrow("does not exist")
    await expect(pipeline(Readable.from(["wrong\n"]), native.query(from("COPY moved FROM STDIN")))).rejects.toThrow("invalid input")
    expect((await connection.query("SELECT count(*)::int4 AS n FROM moved")).rows).toEqual([{ n: 20_000 }])
  }
  await connection.close()
})

test("native keeps no password", async () => {
  const password = "a-password-never-printed"
  await server.sql(`CREATE ROLE secretive LOGIN PASSWORD '${password}'`)
  const connection = await pgDriver().connect({ ...server.target(), user: "secretive", password })
  for (const shown of [connection, connection.native]) expect(inspect(shown, { showHidden: true, depth: 12 })).not.toContain(password)
  await connection.close()
})

test("ending native is reported as a lost connection", async () => {
  const connection = await pgDriver().connect(server.target())
  const lost = new Promise((resolve) => connection.onClose(resolve))
  await (connection.native as Client).end()
  expect(await lost).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  await expect(connection.query("SELECT 1")).rejects.toThrow(expect.objectContaining({ code: "PGSD_CONNECTION_LOST" }))
})

test("65,535 parameters, the protocol's limit, are sent; one more is refused before it is sent", async () => {
  const connection = await pgDriver().connect(server.target())
  const list = (count: number) => Array.from({ length: count }, (_, i) => `$${i + 1}`).join(",")
  const sum = (count: number) => connection.query(`SELECT cardinality(ARRAY[${list(count)}]::text[]) AS sum`, Array(count).fill("x"))
  expect((await sum(65_535)).rows).toEqual([{ sum: 65_535 }])
  await expect(sum(65_536)).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_PARAMETER" }))
  expect(connection.status).toBe("idle")
  await connection.close()
})
