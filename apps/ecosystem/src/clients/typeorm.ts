import assert from "node:assert/strict"
import pg from "pg"
import { DataSource, EntitySchema } from "typeorm"
import type { Scene } from "../scene.ts"

interface Item {
  id?: number
  name: string
  data?: unknown
}

const Items = new EntitySchema<Item>({
  name: "Item",
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: String, unique: true },
    data: { type: "jsonb", nullable: true },
  },
})

export async function run(scene: Scene): Promise<void> {
  const driver = Object.create(pg, { Pool: { value: scene.Pool } })
  const source = new DataSource({
    type: "postgres",
    url: scene.server.url(),
    driver,
    poolSize: 5,
    entities: [Items],
    synchronize: true,
    logging: false,
  })
  await scene.step("connects, synchronises the schema", () => source.initialize())
  const items = source.getRepository(Items)
  await scene.step("saves and finds", async () => {
    await items.save({ name: "a", data: { x: 1 } })
    assert.deepEqual(await items.findOneByOrFail({ name: "a" }), { id: 1, name: "a", data: { x: 1 } })
  })
  await scene.step("nested transaction", async () => {
    await source.transaction(async (manager) => {
      await manager.save(Items, { name: "kept" })
      await manager
        .transaction(async (inner) => {
          await inner.save(Items, { name: "gone" })
          throw new Error("undo")
        })
        .catch(() => {})
    })
    assert.equal(await items.count(), 2)
  })
  await scene.step("stream", async () => {
    const runner = source.createQueryRunner()
    let rows = 0
    for await (const _ of await runner.stream("SELECT generate_series(1, 5000)")) rows++
    await runner.release()
    assert.equal(rows, 5_000)
  })
  await scene.step("error code", () => scene.refused("23505", items.insert({ name: "a" })))
  await scene.underFault(() =>
    source.transaction(async (manager) => {
      await manager.find(Items)
      await manager.query("SELECT pg_sleep(0.005)")
    }),
  )
  await scene.step("destroy", () => source.destroy())
}
