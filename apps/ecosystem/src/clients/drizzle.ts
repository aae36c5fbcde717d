import assert from "node:assert/strict"
import { eq, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/node-postgres"
import { bigint, integer, jsonb, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core"
import type { Scene } from "../scene.ts"

const users = pgTable("users", {
  id: serial("id").primaryKey(),
  name: text("name").notNull(),
  tags: text("tags").array(),
  data: jsonb("data"),
  big: bigint("big", { mode: "bigint" }),
  at: timestamp("at", { withTimezone: true }).defaultNow(),
})
const posts = pgTable("posts", { id: serial("id").primaryKey(), owner: integer("owner"), name: text("name") })

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const db = drizzle(pool, { schema: { users, posts } })
  await scene.step("two statements of DDL in one text", () =>
    db.execute(sql`CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, tags text[], data jsonb, big bigint, at timestamptz DEFAULT now());
      CREATE TABLE posts (id serial PRIMARY KEY, owner int, name text)`),
  )
  await scene.step("insert, returning", async () => {
    const [user] = await db
      .insert(users)
      .values({ name: "ada", tags: ["a", "b,c"], data: [1, { x: 1 }], big: 2n ** 60n })
      .returning()
    assert.deepEqual([user!.tags, user!.data, user!.big, user!.at instanceof Date], [["a", "b,c"], [1, { x: 1 }], 2n ** 60n, true])
  })
  await scene.step("join, with columns of one name", async () => {
    await db.insert(posts).values([
      { owner: 1, name: "p" },
      { owner: 1, name: "q" },
    ])
    const rows = await db.select().from(users).innerJoin(posts, eq(posts.owner, users.id)).orderBy(posts.id)
    assert.deepEqual(
      rows.map((row) => [row.users.name, row.posts.name]),
      [
        ["ada", "p"],
        ["ada", "q"],
      ],
    )
  })
  await scene.step("nested transaction", async () => {
    await db.transaction(
      async (tx) => {
        await tx.insert(users).values({ name: "kept" })
        await tx
          .transaction(async (inner) => {
            await inner.insert(users).values({ name: "gone" })
            inner.rollback()
          })
          .catch(() => {})
      },
      { isolationLevel: "repeatable read" },
    )
    assert.deepEqual(
      (await db.select({ name: users.name }).from(users).orderBy(users.id)).map(({ name }) => name),
      ["ada", "kept"],
    )
  })
  await scene.step("prepared statement", async () => {
    const query = db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder("id")))
      .prepare("by_id")
    for (let n = 0; n < 20; n++) assert.equal((await query.execute({ id: 1 }))[0]!.name, "ada")
  })
  await scene.step("error code", () => scene.refused("23505", db.insert(users).values({ id: 1, name: "x" })))
  await scene.underFault(() =>
    db.transaction(async (tx) => {
      await tx.select().from(users)
      await tx.execute(sql`SELECT pg_sleep(0.005)`)
    }),
  )
  await scene.step("end", () => pool.end())
}
