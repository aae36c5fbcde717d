import { mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { PGlite } from "@electric-sql/pglite"
import { expect, onTestFinished, test, vi } from "vitest"
import { pgliteDriver } from "../src/index.ts"

// PGlite starts in a folder in 3 s on an idle machine and in 15 s on a busy one.
vi.setConfig({ testTimeout: 120_000 })

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
  for (const [name, value] of UNUSUAL) await connection.query(`ALTER DATABASE postgres SET ${name} = '${value}'`)
  await connection.close()
  await first.close()

  // A caller's instance keeps its folder open until it is closed, whoever uses it.
  const instance = await PGlite.create(dataDir)
  const sharing = pgliteDriver({ instance })
  await (await sharing.connect()).close()
  await (await pgliteDriver({ instance }).connect()).close()
  await sharing.close()
  await using third = pgliteDriver({ dataDir })
  await expect(third.connect()).rejects.toMatchObject({ code: "PGSD_INVALID_TARGET" })
  await instance.close()
  const again = await third.connect()
  expect((await again.query("SELECT * FROM kept")).rows).toEqual([])
  const late = pgliteDriver({ instance: { dataDir } as PGlite })
  await expect(late.connect()).rejects.toMatchObject({ code: "PGSD_INVALID_TARGET" })

  // The database's settings change no parsed value, and undoing a SET does not restore them.
  for (const undo of [
    "",
    "RESET ALL",
    "DISCARD ALL",
    "SET IntervalStyle TO DEFAULT",
    "BEGIN; RESET ALL; COMMIT",
    "BEGIN; RESET ALL; ROLLBACK",
  ]) {
    await again.query(undo)
    expect(
      (await again.query("SELECT interval '1 day' AS span, 0.1::float8 + 0.2::float8 AS sum, date '2026-01-31' AS day")).rows,
      undo,
    ).toEqual([{ span: "1 day", sum: 0.30000000000000004, day: "2026-01-31" }])
  }
  // The caller's SET stays, and resets to our values.
  await again.query("SET IntervalStyle = 'sql_standard'")
  await again.query("RESET application_name")
  expect((await again.query("SELECT interval '1 day' AS span")).rows).toEqual([{ span: "1 0:00:00" }])
  await again.query("RESET IntervalStyle")
  expect((await again.query("SELECT interval '1 day' AS span")).rows).toEqual([{ span: "1 day" }])
  await again.close()
}, 120_000)

const UNUSUAL = [
  ["extra_float_digits", "-10"],
  ["IntervalStyle", "iso_8601"],
  ["DateStyle", "German, DMY"],
] as const

test("K4: a PGlite whose process has ended is a lost connection, for this query and all later ones", async () => {
  await using driver = pgliteDriver()
  const connection = await driver.connect()
  await connection.query("CREATE FUNCTION endless(n int) RETURNS int LANGUAGE sql AS $$ SELECT endless(n + 1) + 1 $$")
  const lost = { code: "PGSD_CONNECTION_LOST", label: connection.info.label }
  await expect(connection.query("SELECT endless(1)")).rejects.toMatchObject(lost)
  await expect(connection.query("SELECT 1")).rejects.toMatchObject(lost)
  expect(connection.status).toBe("closed")
  await expect(driver.connect()).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST", retryable: false })
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
