import assert from "node:assert/strict"
import connect from "connect-pg-simple"
import session from "express-session"
import type { Scene } from "../scene.ts"

export async function run(scene: Scene): Promise<void> {
  const pool = scene.pool()
  const Store = connect(session)
  const store = new Store({ pool, createTableIfMissing: true, pruneSessionInterval: false, errorLog: () => {} })
  const data = { cookie: { originalMaxAge: 60_000, maxAge: 60_000 }, user: "ada" } as unknown as session.SessionData
  const ask = <T>(call: (done: (error: unknown, value?: T) => void) => void) =>
    new Promise<T | undefined>((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))))
  const set = (id: string) => ask<void>((done) => store.set(id, data, done))
  const get = (id: string) => ask<session.SessionData | null>((done) => store.get(id, done))
  await scene.step("creates its table, sets", () => set("one"))
  await scene.step("gets", async () => assert.equal(((await get("one")) as unknown as { user: string }).user, "ada"))
  await scene.step("touches", () => ask<void>((done) => store.touch("one", data, () => done(undefined))))
  await scene.step("destroys", async () => {
    await ask<void>((done) => store.destroy("one", done))
    assert.equal((await get("one")) ?? null, null)
  })
  await scene.underFault(async () => {
    await set("under load")
    await get("under load")
  })
  await scene.step("end", async () => {
    await store.close()
    await pool.end()
  })
}
