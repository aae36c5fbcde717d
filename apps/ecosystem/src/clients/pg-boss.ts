import assert from "node:assert/strict"
import PgBoss from "pg-boss"
import { pause, type Scene } from "../scene.ts"

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const boss = new PgBoss({
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
    await boss.insert(Array.from({ length: 100 }, (_, n) => ({ name: "work", data: { n } })))
    assert.equal(await boss.getQueueSize("work"), 100)
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
