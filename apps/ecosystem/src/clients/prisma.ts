import assert from "node:assert/strict"
import { PrismaPg } from "@prisma/adapter-pg"
import type { Scene } from "../scene.ts"

/** The driver adapter alone, which Prisma's engine calls. */
export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const adapter = await new PrismaPg(pool).connect()
  const query = (sql: string, args: unknown[] = []) => ({
    sql,
    args,
    argTypes: args.map(() => ({ scalarType: "int", arity: "scalar" }) as const),
  })
  await scene.step("script of several statements", () =>
    adapter.executeScript("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int)"),
  )
  await scene.step("execute counts rows", async () => assert.equal(await adapter.executeRaw(query("INSERT INTO a VALUES (1), (2)")), 2))
  await scene.step("query: rows as arrays, columns of one name", async () => {
    const { columnNames, rows } = await adapter.queryRaw(query("SELECT 1 AS x, $1::int AS x", [2]))
    assert.deepEqual([columnNames, rows], [["x", "x"], [[1, 2]]])
  })
  await scene.step("transaction, rolled back", async () => {
    const transaction = await adapter.startTransaction("SERIALIZABLE")
    await transaction.executeRaw(query("DELETE FROM a"))
    await transaction.executeRaw(query("ROLLBACK"))
    await transaction.rollback()
    assert.deepEqual((await adapter.queryRaw(query("SELECT count(*)::int FROM a"))).rows, [[2]])
  })
  await scene.step("error code", () => scene.refused("23505", adapter.executeRaw(query("INSERT INTO a VALUES (1)"))))
  await scene.underFault(async () => {
    const transaction = await adapter.startTransaction()
    try {
      await transaction.queryRaw(query("SELECT 1 AS a FROM pg_sleep(0.005)"))
      await transaction.executeRaw(query("COMMIT"))
      await transaction.commit()
    } catch (error) {
      await transaction.rollback().catch(() => {})
      throw error
    }
  })
  await scene.step("end", async () => {
    await adapter.dispose()
    await pool.end()
  })
}
