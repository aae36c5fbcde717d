import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { createDatabaseConnector } from "@pgsd/connector"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SOCKETS, socketDriver } from "../support/subjects.ts"

const FULL = process.env.PGSD_TEST_FULL === "1"
const ROWS = FULL ? 5_000_000 : 200_000
const PROGRAM = fileURLToPath(new URL("../support/stream-rows.ts", import.meta.url))

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server.close())

describe.each(SOCKETS)("%s", (name) => {
  test(`streams ${ROWS} rows in constant memory`, async ({ annotate }) => {
    const { host, port, user, password } = server
    const parameters = ["--conditions=@pgsd/source", "--import", "tsx", PROGRAM, name, host, String(port), user, password, String(ROWS)]
    const { stdout } = await promisify(execFile)(process.execPath, parameters)
    const { count, growthMb, lateGrowthMb, seconds } = JSON.parse(stdout)
    const rate = Math.round(count / seconds / 1_000)
    await annotate(
      `${name}: ${count} rows, ${rate} 000 a second, RSS +${growthMb.toFixed(1)} MB, of them +${lateGrowthMb.toFixed(1)} MB after the first fifth`,
      "measurement",
    )
    expect(count).toBe(ROWS)
    expect(growthMb).toBeLessThan(50)
    // After 1 of 5 million rows the heap has its final size; after 40 000 of 200 000 it may not.
    expect(lateGrowthMb).toBeLessThan(FULL ? 20 : 40)
  }, 600_000)

  test("with maxRows the same query fails at once and clearly, without fetching all rows", async () => {
    const db = createDatabaseConnector(await socketDriver(name).connect(server.target()))
    const started = performance.now()
    const sql = `SELECT n FROM generate_series(1, ${ROWS}) n`
    await expect(db.query(sql, undefined, { maxRows: 1_000 })).rejects.toMatchObject({
      code: "PGSD_TOO_MANY_ROWS",
      hint: expect.stringContaining("stream()"),
    })
    expect(performance.now() - started).toBeLessThan(5_000)
    await db.close()
  })
})
