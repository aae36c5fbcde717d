import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { postgresDriver } from "@pgsd/driver-postgres"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"

const MEMORY = fileURLToPath(new URL("./support/query-memory.ts", import.meta.url))

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

test("a query queued behind a COPY is sent when postgres.js has read it completely", async () => {
  const connection = await postgresDriver().connect(server.target())
  const copy = expect(connection.query("COPY (SELECT 1) TO STDOUT")).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
  // With a signal, it does not share the wire.
  const { rows } = await connection.query("SELECT 1 AS one", [], { signal: new AbortController().signal })
  expect(rows).toEqual([{ one: 1 }])
  await copy
  await connection.close()
})

test("a COPY whose last part fills the stream's buffer does not block the connection", async () => {
  const connection = await postgresDriver().connect(server.target())
  for (let n = 0; n < 60; n++)
    await expect(
      connection.query(
        `COPY (SELECT repeat('x', ${(n * 37) % 900}) FROM generate_series(1, ${1_000 + n * 7})) TO STDOUT`,
        n % 2 === 0 ? [] : undefined,
      ),
    ).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
  await connection.close()
})

test("queries are collected young, and nothing of failed statements is kept", async ({ annotate }) => {
  const { host, port, user, password } = server
  const parameters = ["--expose-gc", "--conditions=@pgsd/source", "--import", "tsx", MEMORY, host, String(port), user, password]
  const { stdout } = await promisify(execFile)(process.execPath, parameters)
  const { promotedKb, keptKb } = JSON.parse(stdout)
  await annotate(
    `10 000 queries promote ${promotedKb.toFixed(0)} kB, 2 000 failed ones of 4 kB leave ${keptKb.toFixed(0)} kB`,
    "measurement",
  )
  // With postgres.js' own queries 7,000 to 14,000, and 8,300.
  expect(promotedKb).toBeLessThan(2_000)
  expect(keptKb).toBeLessThan(2_000)
})
