import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { PGlite, protocol } from "@electric-sql/pglite"
import type { Connection } from "@pgsd/driver"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

// PGlite starts in 1 s on an idle machine and in 15 s on a busy one, and five of them start here.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describe("a database in memory", () => {
  const driver = pgliteDriver()
  let connection: Connection
  beforeAll(async () => {
    connection = await driver.connect()
  })
  afterAll(() => driver.close())

  test("info and parameters are known without a query", () => {
    expect(connection.info).toMatchObject({ label: "pglite:memory", user: "postgres", database: "postgres", authentication: "trust" })
    expect(connection.serverParameters).toMatchObject({ TimeZone: expect.any(String), session_authorization: "postgres" })
    expect(Number.parseInt(connection.serverParameters.server_version ?? "", 10)).toBeGreaterThanOrEqual(17)
  })

  test("a connection keeps the 256 latest statement names given by callers", async () => {
    const named = async () => (await connection.query("SELECT name FROM pg_prepared_statements")).rows.length
    for (let n = 0; n < 260; n++) await connection.query(`SELECT ${n} AS n`, [], { prepare: `name ${n}` })
    expect(await named()).toBe(256)
    expect((await connection.query("SELECT 0 AS n", [], { prepare: "name 0" })).rows).toEqual([{ n: 0 }])
    expect(await named()).toBe(256)
    await connection.query("DEALLOCATE ALL")
  })

  test("COPY FROM STDIN is refused and PGlite survives it", async () => {
    await connection.query("CREATE TEMP TABLE copied (a int)")
    for (const params of [undefined, []])
      await expect(connection.query("COPY copied FROM STDIN", params)).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
    await expect(connection.query("COPY copied TO STDOUT")).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
    expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
    expect(connection.status).toBe("idle")
  })

  test("destroy() ends a COPY whose source is waiting, and the source", async () => {
    await connection.query("CREATE TEMP TABLE waiting (a int)")
    let left = false
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        async return() {
          left = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    const copied = connection.copyFrom("COPY waiting FROM STDIN", source)
    copied.catch(() => {})
    await nextTurn()
    connection.destroy()
    await expect(copied).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
    expect(left).toBe(true)
    connection = await driver.connect()
  })

  test("a second connection is refused while the first is open, and the next one starts with a clean session", async () => {
    await expect(driver.connect()).rejects.toMatchObject({ code: "PGSD_TOO_MANY_CONNECTIONS", retryable: true })
    await connection.query("CREATE TABLE kept (a int)")
    await connection.query("BEGIN; CREATE TABLE dropped (a int); SET search_path = pg_catalog")
    expect(connection.status).toBe("transaction")
    const unfinished = connection.query("SELECT pg_sleep(0.05)")
    connection.destroy()
    await expect(unfinished).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
    connection = await driver.connect()
    expect(connection.status).toBe("idle")
    const { rows } = await connection.query("SELECT to_regclass('kept') AS kept, to_regclass('dropped') AS dropped")
    expect(rows).toEqual([{ kept: "kept", dropped: null }])
  })

  test("a target with a network is refused", async () => {
    await connection.close()
    await expect(driver.connect({ host: "db.example.com", user: "app" })).rejects.toMatchObject({
      code: "PGSD_UNSUPPORTED",
      message: expect.stringContaining("cannot reach db.example.com:5432"),
    })
    connection = await driver.connect()
  })

  test("parameters follow SET and ROLLBACK", async () => {
    await connection.query("SET application_name = 'outer'")
    await connection.query("BEGIN; SET application_name = 'inner'")
    expect(connection.serverParameters.application_name).toBe("inner")
    await connection.query("ROLLBACK")
    expect(connection.serverParameters.application_name).toBe("outer")
  })

  test("D07: a client_encoding other than UTF8 ends the session however it is set, and the next one is not affected", async () => {
    await connection.query("CREATE TABLE IF NOT EXISTS written (t text)")
    const set = "SET client_encoding = 'LATIN1'"
    for (const change of [
      () => connection.query(set),
      () => connection.query("BEGIN").then(() => connection.query(set)),
      () => connection.query("DO $$ BEGIN PERFORM set_config('client_encoding', 'LATIN1', false); END $$"),
      () => (connection.native as PGlite).exec(set).then(() => connection.query("INSERT INTO written VALUES ('é')")),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: "PGSD_ENCODING_CHANGED", retryable: false })
      expect(connection.status).toBe("closed")
      connection = await driver.connect()
      expect(connection.serverParameters.client_encoding).toBe("UTF8")
      await connection.query("INSERT INTO written VALUES ('é')")
      expect((await connection.query("SELECT DISTINCT t FROM written")).rows).toEqual([{ t: "é" }])
    }
  })

  test("parameters set by a function are reported", async () => {
    await connection.query("SELECT set_config('application_name', 'by a function', false)")
    expect(connection.serverParameters.application_name).toBe("by a function")
    await connection.query("RESET application_name")
    expect(connection.serverParameters.application_name).toBe("")
  })

  test("a transaction that native ends by messages of the protocol, several in one piece, is seen to end", async () => {
    const { query, parse, bind, execute, sync } = protocol.serialize
    const joined = (...messages: Uint8Array[]) => new Uint8Array(Buffer.concat(messages))
    const native = connection.native as PGlite
    await connection.query("BEGIN")
    for (const send of [
      () => native.execProtocolRaw(joined(query("SELECT 1"), query("ROLLBACK"), query("BEGIN"))),
      () => native.execProtocol(joined(parse({ text: "ROLLBACK AND CHAIN" }), bind({}), execute({}), sync())),
      async () => native.execProtocolRawSync(query("ROLLBACK; BEGIN")),
    ]) {
      const before = connection.transactionEpoch
      await send()
      expect(connection.status).toBe("transaction")
      expect(connection.transactionEpoch).not.toBe(before)
    }
    await connection.query("ROLLBACK")
  })

  test("a PGlite that ends is a lost connection, and takes its database in memory with it", async () => {
    const ends: unknown[] = []
    connection.onClose((error) => ends.push(error?.code))
    await (connection.native as PGlite).close()
    await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(ends).toEqual(["PGSD_CONNECTION_LOST"])
    // An empty one in its place would answer as if nothing had been written.
    const gone = { code: "PGSD_CONNECTION_LOST", retryable: false, message: expect.stringContaining("make another pgliteDriver()") }
    for (let round = 0; round < 2; round++) await expect(driver.connect()).rejects.toMatchObject(gone)
  })
})

test("a prepared statement whose table has changed, or that was deallocated, is prepared again", async () => {
  const driver = pgliteDriver()
  try {
    const connection = await driver.connect()
    await connection.query("CREATE TABLE changing (a int4); INSERT INTO changing VALUES (1)")
    const prepared = async () => (await connection.query("SELECT * FROM changing", [], { prepare: true })).rows
    expect(await prepared()).toEqual([{ a: 1 }])
    await connection.query("ALTER TABLE changing ADD COLUMN b text")
    expect(await prepared()).toEqual([{ a: 1, b: null }])
    for (const taken of ["DEALLOCATE ALL", "DISCARD ALL", "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"]) {
      await connection.query(taken)
      expect(await prepared(), taken).toEqual([{ a: 1, b: null }])
      expect((await connection.query("SELECT name FROM pg_prepared_statements")).rows, taken).toHaveLength(1)
    }
    // An error with the same SQLSTATE from inside the statement is no reason to run it again.
    await connection.query("CREATE TABLE ran (n int)")
    for (const state of ["0A000", "26000"]) {
      const body = `BEGIN INSERT INTO ran VALUES (1); COMMIT; RAISE EXCEPTION 'own' USING ERRCODE = '${state}'; END`
      await connection.query(`CREATE OR REPLACE PROCEDURE raising() LANGUAGE plpgsql AS $$ ${body} $$`)
      await connection.query("TRUNCATE ran")
      for (let call = 1; call <= 2; call++) {
        await expect(connection.query("CALL raising()", [], { prepare: true })).rejects.toMatchObject({ sqlState: state })
        expect((await connection.query("SELECT count(*)::int4 AS ran FROM ran")).rows, state).toEqual([{ ran: call }])
      }
    }
    // A statement whose name has changed is closed.
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 10; n++) await connection.query(`SELECT ${n} AS n`, [], { prepare: true })
      await connection.query("PREPARE mine AS SELECT 1; DEALLOCATE mine")
    }
    await connection.query("SELECT 1 AS n", [], { prepare: true })
    expect((await connection.query("SELECT name FROM pg_prepared_statements")).rows).toHaveLength(1)
    await prepared()
    await connection.query("ALTER TABLE changing ADD COLUMN c text")
    await connection.query("BEGIN")
    await expect(prepared()).rejects.toMatchObject({ sqlState: "0A000" })
    await connection.query("ROLLBACK")
    expect(await prepared()).toEqual([{ a: 1, b: null, c: null }])
  } finally {
    await driver.close()
  }
})

test("a caller's instance keeps its session, and close() leaves it running", async () => {
  const instance = await PGlite.create()
  try {
    const driver = pgliteDriver({ instance })
    const connection = await driver.connect()
    await connection.query("SET application_name = 'mine'")
    await connection.query("SELECT $1::int4 AS one", [1], { prepare: true })
    await connection.query("BEGIN")
    await connection.close()
    const again = await driver.connect()
    expect([again.status, again.serverParameters.application_name]).toEqual(["idle", "mine"])
    expect((await again.query("SELECT name FROM pg_prepared_statements")).rows).toEqual([])
    // One instance has one session, however many drivers share it.
    await expect(pgliteDriver({ instance }).connect()).rejects.toMatchObject({ code: "PGSD_TOO_MANY_CONNECTIONS" })
    // A transaction of another user of the instance is independent of the connection's statements.
    await instance.exec("CREATE TABLE shared (n int)")
    const theirs = instance.transaction(async (tx) => {
      await tx.exec("INSERT INTO shared VALUES (1)")
      await nextTurn()
      throw new Error("undone")
    })
    await nextTurn()
    const ours = again.query("INSERT INTO shared VALUES (2)")
    await expect(theirs).rejects.toThrow("undone")
    await ours
    expect((await again.query("SELECT n FROM shared")).rows).toEqual([{ n: 2 }])
    await again.close()
    await driver.close()
    await instance.exec("BEGIN")
    await expect(driver.connect()).rejects.toMatchObject({ code: "PGSD_TOO_MANY_CONNECTIONS" })
    await instance.exec("ROLLBACK")
    expect((await instance.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
  } finally {
    await instance.close()
  }
})

test("a database in a folder outlives its driver, and close() ends the open connection", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "pgsd-pglite-"))
  try {
    const first = pgliteDriver({ dataDir })
    const connection = await first.connect()
    const ends: unknown[] = []
    connection.onClose((error) => ends.push(error))
    await connection.query("CREATE TABLE kept AS SELECT 42 AS answer")
    await Promise.all([first.close(), first.close()])
    expect([ends, connection.status]).toEqual([[undefined], "closed"])
    const second = pgliteDriver({ dataDir })
    expect((await (await second.connect()).query("SELECT answer FROM kept")).rows).toEqual([{ answer: 42 }])
    await second.close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

test("options are checked", async () => {
  // @ts-expect-error: the option is misspelt
  expect(() => pgliteDriver({ datadir: "x" })).toThrow('unknown option of pgliteDriver "datadir"')
  expect(() => pgliteDriver({ dataDir: "x", instance: {} as PGlite })).toThrow("mutually exclusive")
  const aborted = AbortSignal.abort("no")
  await expect(pgliteDriver().connect(undefined, { signal: aborted })).rejects.toBe("no")
})

test.each(["/proc/pgsd/folder", "/dev/null/folder"])("a folder that cannot be made is an invalid target: %s", async (dataDir) => {
  await using driver = pgliteDriver({ dataDir })
  await expect(driver.connect()).rejects.toMatchObject({
    code: "PGSD_INVALID_TARGET",
    phase: "startup",
    retryable: false,
    hint: "dataDir must be a folder that this process can make and write",
  })
})

test("a PGlite that ends is replaced where its database has a folder", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "pgsd-pglite-"))
  try {
    await using driver = pgliteDriver({ dataDir })
    const connection = await driver.connect()
    await connection.query("CREATE TABLE stays (a int)")
    await (connection.native as PGlite).close()
    await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST", retryable: true })
    expect((await (await driver.connect()).query("SELECT a FROM stays")).rows).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
