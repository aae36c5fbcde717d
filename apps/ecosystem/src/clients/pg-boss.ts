import assert from "node:assert/strict"
import * as pgBoss from "pg-boss"
import { pause, type Scene } from "../scene.ts"

/** From version 11 on the class is a named export, and jobs of insert() are those of one queue. */
interface Newer {
  readonly PgBoss?: typeof pgBoss.default
}
interface NewerBoss {
  insert(queue: string, jobs: readonly { readonly data: object }[]): Promise<unknown>
}

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const { PgBoss } = pgBoss as Newer
  const boss = new (PgBoss ?? pgBoss.default)({
    db: { executeSql: (text, values) => pool.query(text, values as unknown[]) },
    schedule: false,
    supervise: false,
  })
  boss.on("error", () => {})
  await scene.step("start: schema and migrations", () => boss.start())
  await scene.step("queue, send, fetch, complete", async () => {
    await boss.createQueue("work")
    const id = await boss.send("work", { n: 1 })
    const [job] = await boss.fetch<{ n: number }>("work")
    assert.deepEqual([job!.id, job!.data], [id, { n: 1 }])
    await boss.complete("work", job!.id)
  })
  await scene.step("insert of many", async () => {
    const jobs = Array.from({ length: 100 }, (_, n) => ({ name: "work", data: { n } }))
    if (PgBoss === undefined) await boss.insert(jobs)
    else {
      const newer = boss as unknown as NewerBoss
      await newer.insert(
        "work",
        jobs.map(({ data }) => ({ data })),
      )
    }
    const { rows } = await pool.query("select count(*)::int as queued from pgboss.job where name = 'work' and state = 'created'")
    assert.equal(rows[0].queued, 100)
  })
  await scene.step("worker", async () => {
    let done = 0
    await boss.work("work", { batchSize: 100, pollingIntervalSeconds: 0.5 }, async (jobs) => {
      done += jobs.length
    })
    for (let n = 0; n < 100 && done < 100; n++) await pause(50)
    await boss.offWork("work")
    assert.equal(done, 100)
  })
  await scene.underFault(async () => {
    await boss.send("work", { n: 1 })
  })
  await scene.step("stop, end", async () => {
    await boss.stop({ graceful: false })
    await pool.end()
  })
}
