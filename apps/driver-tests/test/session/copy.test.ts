import { createReadStream } from "node:fs"
import { Readable } from "node:stream"
import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { Driver } from "@pgsd/driver"
import { sessionOf } from "@pgsd/driver/session"
import { createConnectionPool, type PoolCopyFromOptions } from "@pgsd/pool"
import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const COPY_IN = "COPY moved FROM STDIN"
const ENDLESS = "COPY (SELECT repeat('x', 1000), generate_series(1, 100000000)) TO STDOUT"
/** The full length is enough data to show a memory leak. */
const MEGABYTES = process.env.PGSD_TEST_FULL === "1" ? 2_000 : 40

describe.each(DRIVERS)("COPY over $name", ({ load }) => {
  let driver: Driver
  beforeAll(async () => {
    driver = await load()
  })
  beforeEach(async () => {
    await server.sql("DROP TABLE IF EXISTS moved; CREATE TABLE moved (a int4, b text)")
  })

  const rows = async () => Number((await server.sql("SELECT count(*) AS n FROM moved"))[0]?.n)
  const pooled = (max = 1) => createConnectionPool({ driver, connection: server.connection(), max })
  const stopped = () =>
    expect
      .poll(async () => (await server.sql("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'")).length)
      .toBe(0)

  test("is part of its transaction: committed, rolled back, and undone with a savepoint", async () => {
    await using pool = pooled()
    await pool.transaction(async (tx) => {
      await tx.copyFrom(COPY_IN, [[1, "kept"]])
      const undone = tx.transaction(async (inner) =>
        inner.copyFrom(COPY_IN, [
          [2, "x"],
          ["wrong", "x"],
        ]),
      )
      await expect(undone).rejects.toMatchObject({ sqlState: "22P02", where: expect.stringContaining("line 2, column a") })
      await tx.copyFrom(COPY_IN, "3\tkept\n")
    })
    const failed = pool.transaction(async (tx) => {
      await tx.copyFrom(COPY_IN, [[4, "x"]])
      throw new Error("undone")
    })
    await expect(failed).rejects.toThrow("undone")
    expect((await pool.query("SELECT a FROM moved ORDER BY a")).rows).toEqual([{ a: 1 }, { a: 3 }])
  })

  test("a COPY not awaited is finished before COMMIT; one whose output is not read ends with its handle", async () => {
    await using pool = pooled()
    await pool.transaction((tx) => void tx.copyFrom(COPY_IN, [[1, "x"]]))
    expect(await rows()).toBe(1)
    const left = pool.transaction(async (tx) => void (await tx.copyTo(ENDLESS).next()))
    await expect(left).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  })

  test("copyTo on a lost connection, and one that waits when its transaction ends, keeps neither from ending", async () => {
    await using pool = pooled()
    const lost = pool.transaction(async (tx) => {
      await tx.query("SELECT pg_terminate_backend(pg_backend_pid())").catch(() => {})
      await tx.copyTo(ENDLESS).next()
    })
    await expect(lost).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    const failed = pool.transaction(async (tx) => {
      void tx.query("SELECT pg_sleep(0.1)")
      void tx
        .copyTo(ENDLESS)
        .next()
        .catch(() => {})
      await setImmediate()
      throw new Error("mine")
    })
    await expect(failed).rejects.toThrow("mine")
    expect(pool.stats().leased).toBe(0)
  })

  test("a Readable that fails while the call waits is the call's error and ends no process; one that is not read is closed", async () => {
    await using pool = pooled()
    const missing = () => pool.copyFrom(COPY_IN, createReadStream("/nowhere/x"))
    for (let n = 0; n < 2; n++) await expect(missing()).rejects.toMatchObject({ code: "ENOENT" })
    const busy = pool.query("SELECT pg_sleep(0.05)")
    await expect(missing()).rejects.toMatchObject({ code: "ENOENT" })
    await busy
    await using lease = await pool.acquire()
    const refusals: [string, PoolCopyFromOptions, object][] = [
      ["SELECT 1", {}, { code: "PGSD_ACQUIRE_TIMEOUT" }],
      [COPY_IN, { acquireTimeoutMs: 10 }, { code: "PGSD_ACQUIRE_TIMEOUT" }],
      [COPY_IN, { signal: AbortSignal.abort(new Error("mine")) }, { message: "mine" }],
      [COPY_IN, { timeoutMs: -1 }, { code: "PGSD_INVALID_OPTION" }],
    ]
    for (const [sql, options, error] of refusals) {
      const source = createReadStream("/dev/null")
      await expect(pool.copyFrom(sql, source, { acquireTimeoutMs: 10, ...options })).rejects.toMatchObject(error)
      expect(source.destroyed).toBe(true)
    }
    const source = Readable.from([Buffer.from("1\tx\n")])
    await expect(lease.copyFrom("SELECT 1", source)).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    expect(source.destroyed).toBe(true)
  })

  test("copyTo that is left early keeps its session, whatever is left of it", async () => {
    await using pool = pooled()
    for (const rows of [100, 1_000, 2_500, 5_000, 20_000])
      for await (const chunk of pool.copyTo(`COPY (SELECT repeat('x', 100) FROM generate_series(1, ${rows})) TO STDOUT`))
        if (chunk.length > 0) break
    expect(pool.stats().created).toBe(1)
  })

  test("copyTo that is still being read when its transaction's callback returns undoes it, whatever is left", async () => {
    await using pool = pooled()
    for (const rows of [1, 2_000, 50_000]) {
      const left = pool.transaction(async (tx) => {
        await tx.copyFrom(COPY_IN, [[1, "x"]])
        await tx.copyTo(`COPY (SELECT repeat('x', 100) FROM generate_series(1, ${rows})) TO STDOUT`).next()
      })
      await expect(left).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", message: expect.stringContaining("was still being read") })
    }
    expect(await rows()).toBe(0)
    expect(pool.stats().created).toBe(1)
  })

  test("COPY FROM STDIN through query() beside another query is refused, and harms no other", async () => {
    await using pool = pooled()
    await pool.use(async (lease) => {
      for (const sql of [COPY_IN, `SELECT 1; /* ; */ ${COPY_IN}`]) {
        const beside = Promise.allSettled([lease.query(sql), lease.query("SELECT 1 AS a")])
        expect(await beside).toMatchObject([{ reason: { code: "PGSD_UNSUPPORTED" } }, { value: { rows: [{ a: 1 }] } }])
      }
      expect(await lease.query("SELECT 'copy moved from stdin' AS a")).toMatchObject({ rows: [{ a: "copy moved from stdin" }] })
    })
  })

  test("concurrent calls wait for it, in both directions", async () => {
    await using pool = pooled()
    await pool.use(async (lease) => {
      let asked: Promise<unknown> | undefined
      async function* source() {
        yield [1, "x"]
        await setImmediate()
        asked = lease.one("SELECT count(*)::int4 AS n FROM moved")
        await setImmediate()
        yield [2, "x"]
      }
      await lease.copyFrom(COPY_IN, source())
      expect(await asked).toEqual({ n: 2 })
      const output = lease.copyTo("COPY moved TO STDOUT")
      expect(String((await output.next()).value)).toBe("1\tx\n2\tx\n")
      const beside = lease.one("SELECT 1 AS a")
      expect(await output.next()).toEqual({ done: true, value: undefined })
      expect(await beside).toEqual({ a: 1 })
    })
  })

  test("a session terminated during a copy rejects, writes nothing, and is replaced", async () => {
    await using pool = pooled()
    for (const direction of ["from", "to"] as const) {
      const { pid } = await pool.one<{ pid: number }>("SELECT pg_backend_pid() AS pid")
      const kill = () => server.sql(`SELECT pg_terminate_backend(${pid})`)
      async function* source() {
        yield [1, "x"]
        await kill()
        await new Promise(() => {})
      }
      const read = async () => {
        let killed = false
        for await (const chunk of pool.copyTo(ENDLESS)) {
          expect(chunk.length).toBeGreaterThan(0)
          if (!killed) await kill()
          killed = true
        }
      }
      const copied = direction === "from" ? pool.copyFrom(COPY_IN, source()) : read()
      await expect(copied).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
      expect(await rows()).toBe(0)
    }
    expect(pool.stats().leased).toBe(0)
  })

  test("timeoutMs is for a lack of progress (a lock, a source, an unresponsive network), not for the whole copy", async () => {
    const proxy = await faultProxy({ host: "127.0.0.1", port: server.port })
    await using pool = createConnectionPool({ driver, connection: server.connection({ host: proxy.host, port: proxy.port }), max: 1 })
    async function* slow() {
      for (let n = 0; n < 4; n++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        // Enough for a message: smaller pieces are collected.
        yield `${n}\t${"x".repeat(70_000)}\n`
      }
    }
    expect(await pool.copyFrom(COPY_IN, slow(), { timeoutMs: 300 })).toEqual({ rowCount: 4 })
    const late = { code: "PGSD_QUERY_TIMEOUT" }
    const locked = server.sql("BEGIN; LOCK moved; SELECT pg_sleep(1); COMMIT")
    await expect
      .poll(async () => (await server.sql("SELECT 1 FROM pg_locks WHERE relation = 'moved'::regclass AND granted")).length)
      .toBe(1)
    await expect(pool.copyFrom(COPY_IN, [[1, "x"]], { timeoutMs: 100 })).rejects.toMatchObject(late)
    await locked
    const output = pool.copyTo(ENDLESS, { timeoutMs: 200 })
    await output.next()
    proxy.blackholeOpen()
    const rest = async () => {
      for await (const chunk of output) expect(chunk.length).toBeGreaterThan(0)
    }
    await expect(rest()).rejects.toMatchObject(late)
    await proxy.pass()
    async function* silenced() {
      yield [5, "x"]
      proxy.blackholeOpen()
      // More than the sockets in between can buffer.
      for (let n = 0; n < 1_000; n++) yield `6\t${"x".repeat(70_000)}\n`
    }
    await expect(pool.copyFrom(COPY_IN, silenced(), { timeoutMs: 200 })).rejects.toMatchObject(late)
    await proxy.pass()
    expect(await rows()).toBe(4)
    await proxy.close()
  })

  test("leaving early stops the statement on the server; so does a signal", async () => {
    await using pool = pooled()
    for await (const chunk of pool.copyTo(ENDLESS)) if (chunk.length > 0) break
    await stopped()
    const stop = new AbortController()
    const read = async () => {
      for await (const chunk of pool.copyTo(ENDLESS, { signal: stop.signal })) {
        expect(chunk.length).toBeGreaterThan(0)
        if (stop.signal.aborted) continue
        stop.abort(new Error("mine"))
        await stopped()
      }
    }
    await expect(read()).rejects.toThrow("mine")
    expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  })

  test("notifications and notices arrive meanwhile", async () => {
    const connection = await driver.connect(server.target())
    const session = sessionOf(connection)
    const received: string[] = []
    session.onNotification(({ payload }) => received.push(payload))
    session.onNotice(({ message }) => received.push(message))
    await session.query("LISTEN copying")
    await server.sql(`CREATE OR REPLACE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', NEW.a; RETURN NEW; END $$;
      CREATE TRIGGER shout BEFORE INSERT ON moved FOR EACH ROW EXECUTE FUNCTION shout()`)
    async function* source() {
      yield [1, "x"]
      await server.sql("NOTIFY copying, 'meanwhile'")
      yield [2, "x"]
    }
    await session.copyFrom(COPY_IN, source())
    await session.query("SELECT 1")
    expect(received).toEqual(["row 1", "row 2", "meanwhile"])
    await connection.close()
  })

  test(`${MEGABYTES} MB in each direction: buffering is bounded, whichever side is slow`, async () => {
    await using pool = pooled()
    const piece = Buffer.from(`1\t${"x".repeat(1_020)}\n`.repeat(1_000))
    let made = 0
    const memory = watchMemory()
    async function* source() {
      for (; made < MEGABYTES; made++) {
        if (made % (MEGABYTES / 5) === 1) memory.look()
        yield piece
      }
    }
    await server.sql("TRUNCATE moved; CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    await server.sql("CREATE TRIGGER nothing BEFORE INSERT ON moved FOR EACH ROW EXECUTE FUNCTION nothing()")
    await pool.copyFrom(COPY_IN, source())
    let taken = 0
    let looks = 0
    for await (const chunk of pool.copyTo(ENDLESS.replace("100000000", String(MEGABYTES * 1_000)))) {
      taken += chunk.length
      if (taken / 1_000_000 > looks * (MEGABYTES / 5)) {
        looks++
        memory.look()
      }
    }
    expect(taken).toBeGreaterThan(MEGABYTES * 1_000_000)
    expect(memory.growth).toBeLessThan(50 * 1024 * 1024)
  }, 600_000)
})

/** The largest growth of buffer memory among the samples. */
function watchMemory(): { look(): void; readonly growth: number } {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const used = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = used()
  let most = before
  return {
    look() {
      most = Math.max(most, used())
    },
    get growth() {
      return most - before
    },
  }
}
