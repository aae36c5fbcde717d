import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { pgDriver } from "@pgsd/driver-pg"
import { createConnectionPool } from "@pgsd/pool"
import { postgresServer } from "@pgsd/testing/server"
import { until } from "./until.ts"

test("SIGTERM: requests in progress are answered, then the process ends and leaves no session", { timeout: 60_000 }, async () => {
  await using server = await postgresServer()
  await server.sql(await readFile("schema.sql", "utf8"))
  const program = spawn(process.execPath, [fileURLToPath(new URL("../src/main.js", import.meta.url))], {
    env: { ...process.env, DATABASE_URL: server.url(), PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(program, "exit")
  const [line] = (await once(program.stdout.setEncoding("utf8"), "data")) as [string]
  const port = /port: (\d+)/.exec(line)?.[1]
  const sessions = (condition: string) =>
    server.sql(`SELECT FROM pg_stat_activity WHERE application_name = 'sample-service' AND ${condition}`)

  const { host, port: serverPort, user, password, database } = server
  await using other = createConnectionPool({ driver: pgDriver(), connection: { host, port: serverPort, user, password, database } })
  const answer = await other.transaction(async (tx) => {
    await tx.query("UPDATE stock SET pieces = 9 WHERE item = 'tea'")
    const order = fetch(`http://127.0.0.1:${port}/orders`, { method: "POST", body: JSON.stringify({ item: "tea", pieces: 9 }) })
    await until(async () => (await sessions("wait_event_type = 'Lock'")).length === 1)
    program.kill("SIGTERM")
    await until(() => refuses(`http://127.0.0.1:${port}/live`))
    return { order } // in an object, so that COMMIT does not wait for it
  })
  assert.equal((await answer.order).status, 201)
  assert.deepEqual(await ended, [0, null])
  assert.equal((await sessions("true")).length, 0)
})

async function refuses(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  )
}
