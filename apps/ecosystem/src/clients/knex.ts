import assert from "node:assert/strict"
import knexModule from "knex"
import type { Pool, PoolClient } from "pg"
import type { Scene } from "../scene.ts"

/** What Knex needs of its pool, over pg.Pool's interface: Knex 3.3 takes it as `connectionPool`. */
function tarnFace(pool: Pool): object {
  return {
    acquire: () => ({ promise: pool.connect() }),
    release: (client: PoolClient) => {
      // Knex releases a stream's client twice.
      try {
        client.release()
        return true
      } catch {
        return false
      }
    },
    destroy: () => pool.end(),
    validate: () => true,
    numUsed: () => pool.totalCount - pool.idleCount,
    numFree: () => pool.idleCount,
    numPendingAcquires: () => pool.waitingCount,
    numPendingCreates: () => 0,
    check: () => {},
    on: () => {},
  }
}

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const db = knexModule.knex({ client: "pg", connectionPool: tarnFace(pool) } as never)
  await scene.step("schema", () =>
    db.schema.createTable("t", (table) => {
      table.increments("id")
      table.text("name")
      table.jsonb("data")
    }),
  )
  await scene.step("insert, returning", async () => {
    const rows = await db("t")
      .insert([{ name: "a", data: { x: 1 } }, { name: "b" }])
      .returning(["id", "data"])
    assert.deepEqual(rows, [
      { id: 1, data: { x: 1 } },
      { id: 2, data: null },
    ])
  })
  await scene.step("nested transaction", async () => {
    await db.transaction(async (tx) => {
      await tx("t").insert({ name: "kept" })
      await tx
        .transaction(async (inner) => {
          await inner("t").insert({ name: "gone" })
          throw new Error("undo")
        })
        .catch(() => {})
    })
    assert.deepEqual(await db("t").orderBy("id").pluck("name"), ["a", "b", "kept"])
  })
  await scene.step("stream", async () => {
    let rows = 0
    for await (const _ of db.select("*").from(db.raw("generate_series(1, 5000) g")).stream()) rows++
    assert.equal(rows, 5_000)
  })
  await scene.step("batch insert", async () => {
    await db.batchInsert(
      "t",
      Array.from({ length: 2_000 }, (_, n) => ({ name: `n${n}` })),
      200,
    )
    assert.equal((await db("t").count("*"))[0]!.count, "2003")
  })
  await scene.step("error code", () => scene.refused("42P01", db("nope")))
  await scene.underFault(() =>
    db.transaction(async (tx) => {
      await tx("t").limit(1)
      await tx.raw("SELECT pg_sleep(0.005)")
    }),
  )
  await scene.step("end", () => pool.end())
}
