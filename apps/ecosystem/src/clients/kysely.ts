import assert from "node:assert/strict"
import { Kysely, PostgresDialect, sql } from "kysely"
import Cursor from "pg-cursor"
import type { Scene } from "../scene.ts"

interface Tables {
  person: { id: number; name: string; data: unknown }
}

export async function run(scene: Scene): Promise<void> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: scene.pool(), cursor: Cursor }) })
  await scene.step("schema", () =>
    db.schema
      .createTable("person")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("name", "text")
      .addColumn("data", "jsonb")
      .execute(),
  )
  await scene.step("insert, returning", async () => {
    const rows = [
      { id: 1, name: "ada", data: JSON.stringify({ a: 1 }) },
      { id: 2, name: "bob", data: null },
    ]
    const inserted = await db.insertInto("person").values(rows).returning(["id", "data"]).execute()
    assert.deepEqual(inserted, [
      { id: 1, data: { a: 1 } },
      { id: 2, data: null },
    ])
  })
  await scene.step("count of an update", async () => {
    const { numUpdatedRows } = await db.updateTable("person").set({ name: "eve" }).where("id", "=", 2).executeTakeFirstOrThrow()
    assert.equal(numUpdatedRows, 1n)
  })
  await scene.step("transaction, rolled back", async () => {
    const work = db
      .transaction()
      .setIsolationLevel("serializable")
      .execute(async (tx) => {
        await tx.deleteFrom("person").execute()
        throw new Error("undo")
      })
    await assert.rejects(work, /undo/)
    assert.equal((await db.selectFrom("person").selectAll().execute()).length, 2)
  })
  await scene.step("controlled transaction, savepoint", async () => {
    const tx = await db.startTransaction().execute()
    const savepoint = await tx.savepoint("s").execute()
    await savepoint.deleteFrom("person").execute()
    await savepoint.rollbackToSavepoint("s").execute()
    await tx.commit().execute()
    assert.equal((await db.selectFrom("person").selectAll().execute()).length, 2)
  })
  await scene.step("stream, and one left early", async () => {
    let rows = 0
    const series = sql<{ n: number }>`generate_series(1, 20000)`.as("n")
    for await (const _ of db.selectFrom(series).selectAll().stream(500)) rows++
    for await (const _ of db.selectFrom("person").selectAll().stream(1)) break
    assert.equal(rows, 20_000)
  })
  await scene.step("introspection", async () => {
    assert.deepEqual(
      (await db.introspection.getTables()).map(({ name }) => name),
      ["person"],
    )
  })
  await scene.step("error code", () => scene.refused("42P01", sql`SELECT * FROM nope`.execute(db)))
  await scene.underFault(() =>
    db.transaction().execute(async (tx) => {
      await tx.selectFrom("person").selectAll().execute()
      await sql`SELECT pg_sleep(0.005)`.execute(tx)
    }),
  )
  await scene.step("destroy", () => db.destroy())
}
