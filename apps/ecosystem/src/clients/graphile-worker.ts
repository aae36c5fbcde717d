import assert from "node:assert/strict"
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from "graphile-worker"
import { pause, type Scene } from "../scene.ts"

const logger = new Logger(() => () => {})

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  let done = 0
  const task = async () => {
    done += 1
  }
  await scene.step("migrations", () => runMigrations({ pgPool: pool, logger }))
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  const runner = await runWorker({ pgPool: pool, logger, concurrency: 2, noHandleSignals: true, pollInterval: 100, taskList: { task } })
  const finished = async (count: number) => {
    for (let n = 0; n < 200 && done < count; n++) await pause(25)
    assert.ok(done >= count, `${done} of ${count} jobs`)
  }
  await scene.step("a job from the outside", async () => {
    await utils.addJob("task", {})
    await finished(1)
  })
  await scene.step("jobs by SQL, received through LISTEN", async () => {
    for (let n = 0; n < 10; n++) await pool.query("SELECT graphile_worker.add_job('task', '{}'::json)")
    await finished(11)
  })
  await scene.underFault(async () => {
    await utils.addJob("task", {})
  })
  await scene.step("jobs after all that", async () => {
    const before = done
    await utils.addJob("task", {})
    await finished(before + 1)
  })
  await scene.step("stop, end", async () => {
    await runner.stop()
    await utils.release()
    await pool.end()
  })
}
