import { mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { pgliteDriver } from "../src/index.ts"

test("T02: a folder opened by one driver is refused to a second one, by any path, until it is closed", async () => {
  const base = await mkdtemp(join(tmpdir(), "pgsd-pglite-"))
  onTestFinished(() => rm(base, { recursive: true, force: true }))
  const dataDir = join(base, "data")
  await using first = pgliteDriver({ dataDir })
  const connection = await first.connect()
  await symlink(base, `${base}-link`)
  onTestFinished(() => rm(`${base}-link`))
  for (const same of [dataDir, relative(process.cwd(), dataDir), `file://${dataDir}`, join(`${base}-link`, "data")]) {
    await using second = pgliteDriver({ dataDir: same })
    await expect(second.connect(), same).rejects.toMatchObject({ code: "PGSD_INVALID_TARGET", label: expect.any(String) })
  }
  await connection.query("CREATE TABLE kept (n int)")
  await connection.close()
  await first.close()
  await using third = pgliteDriver({ dataDir })
  const again = await third.connect()
  expect((await again.query("SELECT * FROM kept")).rows).toEqual([])
  await again.close()
})

test("K4: a PGlite whose process has ended is a lost connection, for this query and all later ones", async () => {
  await using driver = pgliteDriver()
  const connection = await driver.connect()
  await connection.query("CREATE FUNCTION endless(n int) RETURNS int LANGUAGE sql AS $$ SELECT endless(n + 1) + 1 $$")
  const lost = { code: "PGSD_CONNECTION_LOST", label: connection.info.label }
  await expect(connection.query("SELECT endless(1)")).rejects.toMatchObject(lost)
  await expect(connection.query("SELECT 1")).rejects.toMatchObject(lost)
  expect(connection.status).toBe("closed")
})

test("rowMode array, undefinedAs and an empty array for json work as over a socket", async () => {
  await using driver = pgliteDriver()
  const connection = await driver.connect()
  expect((await connection.query("SELECT 1 AS id, 2 AS id", [], { rowMode: "array" })).rows).toEqual([[1, 2]])
  expect((await connection.query("SELECT $1::int AS n", [undefined], { undefinedAs: "null" })).rows).toEqual([{ n: null }])
  await expect(connection.query("SELECT $1::jsonb", [[]])).rejects.toMatchObject({ sqlState: "22P02" })
  expect((await connection.query("SELECT $1::int[] AS a", [[]])).rows).toEqual([{ a: [] }])
  await connection.close()
})
