import { type ConnectorTransaction, createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { PgsdError } from "@pgsd/driver"
import type { IsolationLevel, Queryable } from "@pgsd/driver/calls"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test, vi } from "vitest"
import { sessionForEachTest } from "../support/sessions.ts"
import { SUBJECTS } from "../support/subjects.ts"

describe.each(SUBJECTS)("transactions over %s", (name) => {
  let db: DatabaseConnector
  sessionForEachTest(name, (fresh) => {
    db = fresh
    return db.query("CREATE TEMP TABLE log (entry text)")
  })

  const write = (on: Queryable, entry: string) => on.query("INSERT INTO log VALUES ($1)", [entry])
  const written = async () => (await db.query<{ entry: string }>("SELECT entry FROM log ORDER BY 1")).rows.map((row) => row.entry)

  test("commits, and returns the callback's result", async () => {
    expect(await db.transaction(async (tx) => (await write(tx, "a")).rowCount)).toBe(1)
    expect(await written()).toEqual(["a"])
    expect(db.status).toBe("idle")
  })

  test("rolls back when the callback throws, with the same error", async () => {
    const reason = new Error("no")
    const work = async (tx: ConnectorTransaction) => {
      await write(tx, "a")
      throw reason
    }
    await expect(db.transaction(work)).rejects.toBe(reason)
    expect(await written()).toEqual([])
    expect(db.status).toBe("idle")
  })

  test("a nested transaction is a savepoint: its failure undoes only its own work", async () => {
    await db.transaction(async (tx) => {
      await write(tx, "outer")
      await expect(
        tx.transaction(async (inner) => {
          await write(inner, "inner")
          await inner.transaction((innermost) => write(innermost, "innermost"))
          await inner.query("SELECT 1/0")
        }),
      ).rejects.toMatchObject({ sqlState: "22012" })
      await tx.transaction((inner) => write(inner, "second"))
    })
    expect(await written()).toEqual(["outer", "second"])
  })

  test("a signal that fires in a nested transaction undoes only that", async () => {
    const stop = new AbortController()
    const reason = new Error("enough")
    await db.transaction(async (tx) => {
      await write(tx, "outer")
      const nested = tx.transaction(
        async (inner) => {
          await write(inner, "inner")
          stop.abort(reason)
        },
        { signal: stop.signal },
      )
      await expect(nested).rejects.toBe(reason)
      await expect(tx.transaction((inner) => write(inner, "late"), { signal: stop.signal })).rejects.toBe(reason)
    })
    expect(await written()).toEqual(["outer"])
  })

  test("an error caught inside is reported at COMMIT: nothing was committed", async () => {
    const work = async (tx: ConnectorTransaction) => {
      await write(tx, "a")
      await tx.query("SELECT 1/0").catch(() => {})
    }
    await expect(db.transaction(work)).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", hint: expect.stringContaining("transaction()") })
    expect(await written()).toEqual([])
  })

  test("the connector of a transaction ends with it", async () => {
    let kept: ConnectorTransaction | undefined
    await db.transaction(async (tx) => {
      kept = tx
      await write(tx, "inside")
    })
    await expect(kept!.query("SELECT 1")).rejects.toMatchObject({
      code: "PGSD_TRANSACTION_ENDED",
      label: db.info.label,
      hint: expect.stringContaining("await"),
    })
  })

  test("two transactions on one connection are refused, not mixed", async () => {
    await db.transaction(async (tx) => {
      await expect(db.transaction(async () => {})).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
      await expect(db.readOnlySnapshot(async () => {})).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
      await expect(db.stream("SELECT 1").next()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
      const nested = [tx.transaction((inner) => write(inner, "a")), tx.transaction((inner) => write(inner, "b"))]
      const [first, second] = await Promise.allSettled(nested)
      expect(first).toMatchObject({ status: "fulfilled" })
      expect(second).toMatchObject({ status: "rejected", reason: { code: "PGSD_TRANSACTION_IN_USE", label: db.info.label } })
    })
    expect(await written()).toEqual(["a"])
  })

  test.each<IsolationLevel>(["read committed", "repeatable read", "serializable"])("isolation %s", async (isolation) => {
    const row = await db.transaction(
      (tx) =>
        tx.one(
          "SELECT current_setting('transaction_isolation') AS level, current_setting('transaction_read_only') AS ro, current_setting('transaction_deferrable') AS deferrable",
        ),
      { isolation, readOnly: true, deferrable: true },
    )
    expect(row).toEqual({ level: isolation, ro: "on", deferrable: "on" })
  })

  test("settings apply inside and end with the transaction", async () => {
    const settings = { search_path: "pg_catalog, pg_temp", "pgsd.word": "it's \\ here" }
    const inside = await db.transaction(
      (tx) => tx.one("SELECT current_setting('search_path') AS path, current_setting('pgsd.word') AS word"),
      { settings },
    )
    expect(inside).toEqual({ path: settings.search_path, word: settings["pgsd.word"] })
    expect(await db.one("SELECT current_setting('pgsd.word', true) AS word")).not.toEqual({ word: settings["pgsd.word"] })
  })

  test("a refused setting leaves no transaction open", async () => {
    await expect(db.transaction(async () => {}, { settings: { lock_timeout: "soon" } })).rejects.toMatchObject({ sqlState: "22023" })
    expect(db.status).toBe("idle")
  })

  test("an aborted signal rolls back", async () => {
    const stop = new AbortController()
    const reason = new Error("stopped")
    const work = async (tx: ConnectorTransaction) => {
      await write(tx, "a")
      stop.abort(reason)
    }
    await expect(db.transaction(work, { signal: stop.signal })).rejects.toBe(reason)
    expect(await written()).toEqual([])
  })

  test("invalid options are refused", async () => {
    const refused = (options: object) =>
      expect(db.transaction(async () => {}, options)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await refused({ isolation: "snapshot" })
    await refused({ retries: -1 })
    await refused({ readonly: true })
    await db.transaction((tx) =>
      expect(tx.transaction(async () => {}, { readOnly: true } as never)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" }),
    )
    expect(db.status).toBe("idle")
  })

  describe("readOnlySnapshot", () => {
    const SETTINGS = ["transaction_isolation", "transaction_read_only", "search_path", "statement_timeout", "lock_timeout"] as const
    const settingsOf = async (on: Queryable) => {
      const columns = [...SETTINGS, "idle_in_transaction_session_timeout"].map((each) => `current_setting('${each}') AS ${each}`)
      return on.one<Record<string, string>>(`SELECT ${columns.join(", ")}`)
    }

    test("is one REPEATABLE READ READ ONLY transaction with a safe search_path and timeouts, none of which remain", async () => {
      const before = await settingsOf(db)
      expect(await db.readOnlySnapshot(settingsOf)).toEqual({
        transaction_isolation: "repeatable read",
        transaction_read_only: "on",
        search_path: "pg_catalog, pg_temp",
        statement_timeout: "30s",
        lock_timeout: "2s",
        idle_in_transaction_session_timeout: "1min",
      })
      expect(await settingsOf(db)).toEqual(before)
    })

    test("timeouts can be set, and disabled with Infinity", async () => {
      const options = { statementTimeoutMs: 1_500, lockTimeoutMs: Number.POSITIVE_INFINITY }
      expect(await db.readOnlySnapshot(settingsOf, options)).toMatchObject({ statement_timeout: "1500ms", lock_timeout: "0" })
    })

    test("a temporary table cannot shadow a catalog", async () => {
      await db.query("CREATE TEMP TABLE pg_class (relname text)")
      expect(await db.one<{ n: number }>("SELECT count(*)::int AS n FROM pg_class")).toEqual({ n: 0 })
      const { n } = await db.readOnlySnapshot((tx) => tx.one<{ n: number }>("SELECT count(*)::int AS n FROM pg_class"))
      expect(n).toBeGreaterThan(100)
    })

    test("refuses to write", async () => {
      await expect(db.readOnlySnapshot((tx) => tx.query("CREATE TABLE x ()"))).rejects.toMatchObject({ code: "PGSD_READ_ONLY" })
    })
  })

  test("proveReadOnly proves that a read-only transaction refuses to write, and leaves nothing behind", async () => {
    expect(await db.proveReadOnly()).toMatchObject({ proven: true, found: expect.stringContaining("read-only") })
    expect(db.status).toBe("idle")
  })
})

describe("what a transaction sends (fake server)", () => {
  test("BEGIN and its settings are one round trip", async () => {
    const fake = fakeDriver()
    const db = createDatabaseConnector(await fake.connect())
    await db.readOnlySnapshot(async () => {})
    expect(fake.queries.map((query) => query.sql)).toEqual([
      "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), " +
        "pg_catalog.set_config('statement_timeout', '30000', true), pg_catalog.set_config('lock_timeout', '2000', true), " +
        "pg_catalog.set_config('idle_in_transaction_session_timeout', '60000', true), " +
        "pg_catalog.set_config('standard_conforming_strings', 'on', true), pg_catalog.set_config('TimeZone', 'UTC', true), " +
        "pg_catalog.set_config('DateStyle', 'ISO, MDY', true), pg_catalog.set_config('IntervalStyle', 'postgres', true), " +
        "pg_catalog.set_config('bytea_output', 'hex', true), pg_catalog.set_config('extra_float_digits', '3', true), " +
        "pg_catalog.set_config('quote_all_identifiers', 'off', true), pg_catalog.set_config('lc_monetary', 'C', true)",
      "COMMIT",
    ])
    await db.close()
  })

  test.each(["40001", "40P01"])("the callback is run again after %s, as often as requested", async (sqlState) => {
    const fake = fakeDriver()
    fake.answer("UPDATE", { error: { sqlState } }, { times: 2 })
    const db = createDatabaseConnector(await fake.connect())
    let runs = 0
    const work = async (tx: ConnectorTransaction) => {
      runs += 1
      await tx.query("UPDATE")
    }
    await expect(db.transaction(work, { retries: 1 })).rejects.toMatchObject({ sqlState })
    expect(runs).toBe(2)
    await db.transaction(work, { retries: 1 })
    expect(runs).toBe(3)
    expect(db.status).toBe("idle")
    await db.close()
  })

  test("nothing else is run again, and nothing by default", async () => {
    const fake = fakeDriver()
    fake.answer("UPDATE", { error: { sqlState: "23505" } })
    fake.answer("DELETE", { error: { sqlState: "40001" } })
    const db = createDatabaseConnector(await fake.connect())
    let runs = 0
    const run = (sql: string, options: object) =>
      db
        .transaction(async (tx) => {
          runs += 1
          await tx.query(sql)
        }, options)
        .catch(() => {})
    await run("UPDATE", { retries: 5 })
    await run("DELETE", {})
    expect(runs).toBe(2)
    await db.close()
  })

  test("a connection lost during COMMIT is reported as an unknown outcome", async () => {
    const fake = fakeDriver()
    fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
    const db = createDatabaseConnector(await fake.connect())
    await expect(db.transaction(async () => {})).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", retryable: false })
    expect(db.status).toBe("closed")
  })

  test("so is a COMMIT that timed out; a refused one is not", async () => {
    const fake = fakeDriver()
    const db = createDatabaseConnector(await fake.connect())
    fake.answer("COMMIT", { error: { sqlState: "23503" } }, { times: 1 })
    await expect(db.transaction(async () => {})).rejects.toMatchObject({ code: "PGSD_CONSTRAINT_VIOLATION" })
    // As with a pool's queryTimeoutMs: the query rejects with our error, whatever the server has done.
    fake.answer("COMMIT", { error: new PgsdError("PGSD_QUERY_TIMEOUT", "took too long") }, { times: 1 })
    await expect(db.transaction(async () => {})).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN" })
    await db.close()
  })

  test("a connection lost before COMMIT has committed nothing", async () => {
    const fake = fakeDriver()
    const connection = await fake.connect()
    const db = createDatabaseConnector(connection)
    await expect(db.transaction(async () => connection.kill())).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })

  test("a connection that cannot roll back is destroyed, not passed on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
      const fake = fakeDriver({ supports: { cancel: false } })
      fake.answer("ROLLBACK", { delayMs: Number.POSITIVE_INFINITY })
      const db = createDatabaseConnector(await fake.connect())
      const outcome = db
        .transaction(async () => {
          throw new Error("no")
        })
        .catch((error: Error) => error.message)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(await outcome).toBe("no")
      expect(fake.leaks()).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
