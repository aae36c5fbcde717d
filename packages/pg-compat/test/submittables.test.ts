import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import pg from "pg"
import { from as copyFrom } from "pg-copy-streams"
import Cursor from "pg-cursor"
import QueryStream from "pg-query-stream"
import { expect, test } from "vitest"
import { scene } from "./support/scene.ts"

const at = scene()

for (const strict of [false, true]) {
  const mode = strict ? "strict" : "identity"

  test(`${mode}: pg-cursor reads in portions and can be left early`, async () => {
    const pool = at.pool({ max: 1, strict })
    const client = await pool.connect()
    const cursor = client.query(new Cursor("SELECT generate_series(1, $1::int) AS n", [1_000]))
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }])
    expect(await cursor.read(1)).toEqual([{ n: 3 }])
    await cursor.close()
    expect((await client.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
    client.release()
    expect(pool.idleCount).toBe(1)
  })

  test(`${mode}: pg-query-stream, read to the end and left early`, async () => {
    const pool = at.pool({ max: 1, strict })
    const client = await pool.connect()
    let rows = 0
    for await (const _ of client.query(new QueryStream("SELECT generate_series(1, 5000) AS n"))) rows++
    expect(rows).toBe(5_000)
    for await (const _ of client.query(new QueryStream("SELECT generate_series(1, 5000) AS n"))) break
    expect((await client.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
    client.release()
  })

  test(`${mode}: pg-copy-streams in, and a refused line`, async () => {
    const pool = at.pool({ max: 1, strict })
    await pool.query("DROP TABLE IF EXISTS copied; CREATE TABLE copied (a int, b text)")
    const client = await pool.connect()
    const lines = Array.from({ length: 10_000 }, (_, n) => `${n}\tline ${n}\n`)
    await pipeline(Readable.from(lines), client.query(copyFrom("COPY copied FROM STDIN")))
    const bad = pipeline(Readable.from(["no number\tx\n"]), client.query(copyFrom("COPY copied FROM STDIN")))
    await expect(bad).rejects.toMatchObject({ code: "22P02" })
    expect((await client.query("SELECT count(*)::int AS n FROM copied")).rows).toEqual([{ n: 10_000 }])
    client.release()
  })

  test(`${mode}: a custom pg.Query`, async () => {
    const pool = at.pool({ max: 1, strict })
    const client = await pool.connect()
    const query = client.query(new pg.Query("SELECT 1 AS a"))
    const rows: unknown[] = []
    query.on("row", (row) => rows.push(row))
    await new Promise((resolve) => query.on("end", resolve))
    expect(rows).toEqual([{ a: 1 }])
    client.release()
  })
}
