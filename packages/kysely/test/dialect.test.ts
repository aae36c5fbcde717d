import { PgsdDialect, queryOptions } from "@pgsd/kysely"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { AbortedTransactionError, Kysely, sql } from "kysely"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { Migrator } from "./support/migrator.ts"
import { type Database, DRIVERS } from "./support/subjects.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(Object.keys(DRIVERS))("over %s", (name) => {
  const driver = DRIVERS[name]!()
  let pool: ConnectionPool
  let db: Kysely<Database>

  beforeEach(async () => {
    const connection = driver.supports.network ? server.connection() : undefined
    pool = createConnectionPool({ driver, connection, max: 3, connectTimeoutMs: 60_000, acquireTimeoutMs: 60_000 })
    db = new Kysely<Database>({ dialect: new PgsdDialect({ pool }) })
    await pool.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await db.schema
      .createTable("person")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("age", "integer")
      .execute()
  })
  afterEach(() => db.destroy())

  const insert = (id: number, to: Kysely<Database> = db) =>
    to
      .insertInto("person")
      .values({ id, name: `p${id}`, age: id })
      .execute()
  const ids = async () => (await db.selectFrom("person").select("id").orderBy("id").execute()).map(({ id }) => id)

  test("statements: rows, returning, counts of changed rows, errors with their code", async () => {
    expect(
      await db
        .insertInto("person")
        .values([1, 2].map((id) => ({ id, name: `p${id}`, age: null })))
        .returning("id")
        .execute(),
    ).toEqual([{ id: 1 }, { id: 2 }])
    expect(await db.updateTable("person").set({ age: 3 }).where("id", "=", 1).executeTakeFirst()).toMatchObject({ numUpdatedRows: 1n })
    expect(await db.deleteFrom("person").where("id", ">", 5).executeTakeFirst()).toMatchObject({ numDeletedRows: 0n })
    await expect(insert(1)).rejects.toMatchObject({ code: "PGSD_CONSTRAINT_VIOLATION", sqlState: "23505" })
    expect(await ids()).toEqual([1, 2])
  })

  test("raw SQL: several statements in one text, undefined as NULL", async () => {
    await sql`INSERT INTO person VALUES (1, 'a'); INSERT INTO person VALUES (2, 'b')`.execute(db)
    expect(await ids()).toEqual([1, 2])
    expect((await sql`SELECT ${undefined}::text IS NULL AS yes`.execute(db)).rows).toEqual([{ yes: true }])
  })

  test("a transaction commits the work of its callback, and nothing after a throw", async () => {
    await db.transaction().execute((trx) => insert(1, trx))
    const failure = new Error("own")
    await expect(
      db.transaction().execute(async (trx) => {
        await insert(2, trx)
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(await ids()).toEqual([1])
    expect(pool.stats().leased).toBe(0)
  })

  test("a swallowed error inside ends in AbortedTransactionError, not in a false commit", async () => {
    const swallowing = db.transaction().execute(async (trx) => {
      await insert(1, trx)
      await sql`SELECT missing`.execute(trx).catch(() => {})
    })
    const error = await swallowing.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AbortedTransactionError)
    expect(error).toMatchObject({ cause: { code: "PGSD_ROLLED_BACK" } })
    expect(await ids()).toEqual([])
    expect(pool.stats().leased).toBe(0)
  })

  test("a deferred constraint that fails at COMMIT is the server's error, and the connection is still usable", async () => {
    await sql`ALTER TABLE person ADD FOREIGN KEY (age) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED`.execute(db)
    const commit = db.transaction().execute((trx) => trx.insertInto("person").values({ id: 1, name: "a", age: 9 }).execute())
    await expect(commit).rejects.toMatchObject({ sqlState: "23503" })
    expect(await ids()).toEqual([])
  })

  test("isolation level and access mode reach the server; levels unknown to PostgreSQL are refused", async () => {
    const settings = await db
      .transaction()
      .setIsolationLevel("serializable")
      .setAccessMode("read only")
      .execute(
        async (trx) =>
          (await sql`SELECT current_setting('transaction_isolation') AS i, current_setting('transaction_read_only') AS r`.execute(trx))
            .rows,
      )
    expect(settings).toEqual([{ i: "serializable", r: "on" }])
    const unknown = db
      .transaction()
      .setIsolationLevel("snapshot")
      .execute(async () => {})
    await expect(unknown).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    expect(pool.stats().leased).toBe(0)
  })

  test("a controlled transaction: savepoints with unusual names, rolled back to twice, released, committed", async () => {
    const trx = await db.startTransaction().execute()
    await insert(1, trx)
    const first = await trx.savepoint('odd "name; --').execute()
    await insert(2, first)
    await first.rollbackToSavepoint('odd "name; --').execute()
    await insert(3, first)
    await expect(insert(3, first)).rejects.toMatchObject({ sqlState: "23505" })
    await first.rollbackToSavepoint('odd "name; --').execute()
    await insert(4, first)
    await first.releaseSavepoint('odd "name; --').execute()
    await trx.commit().execute()
    expect(await ids()).toEqual([1, 4])
    expect(pool.stats().leased).toBe(0)
  })

  test("a controlled transaction that is rolled back has no effect", async () => {
    const trx = await db.startTransaction().execute()
    await insert(1, trx)
    await trx.rollback().execute()
    expect(await ids()).toEqual([])
    expect(pool.stats().leased).toBe(0)
  })

  test("a call after the end of its transaction is refused, and writes nothing", async () => {
    let late: Promise<unknown> | undefined
    await db.transaction().execute(async (trx) => {
      await insert(1, trx)
      setImmediate(() => {
        late = insert(2, trx).catch((error: unknown) => error)
      })
    })
    await expect.poll(() => late).toBeDefined()
    expect(await late).toBeInstanceOf(Error)
    expect(await ids()).toEqual([1])
  })

  test("streams: parameters, left early, inside a transaction, and statements that write", async () => {
    await sql`INSERT INTO person SELECT i, 'p' || i FROM generate_series(1, 1000) i`.execute(db)
    const seen: number[] = []
    for await (const { id } of db.selectFrom("person").select("id").where("id", ">", 10).orderBy("id").stream(100)) {
      seen.push(id)
      if (seen.length === 250) break
    }
    expect(seen.at(-1)).toBe(260)
    expect(pool.stats().leased).toBe(0)
    await db.transaction().execute(async (trx) => {
      let count = 0
      for await (const _ of trx.selectFrom("person").select("id").stream(400)) count++
      expect(count).toBe(1000)
      await insert(1001, trx)
    })
    const returned: number[] = []
    const query = db
      .insertInto("person")
      .values([1002, 1003, 1004].map((id) => ({ id, name: "x", age: null })))
      .returning("id")
    for await (const { id } of query.stream(2)) returned.push(id)
    expect(returned).toEqual([1002, 1003, 1004])
    for await (const _ of db.deleteFrom("person").returning("id").stream(2)) break
    expect((await ids()).length).toBe(1004)
  })

  test("a stream may lock its rows and call functions that write: it is committed at its end", async () => {
    await insert(1)
    await sql`CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'UPDATE person SET age = 7 RETURNING id'`.execute(db)
    for await (const _ of db
      .selectFrom("person")
      .select([sql<number>`touch()`.as("id")])
      .stream(10));
    expect(await db.selectFrom("person").select("age").executeTakeFirst()).toEqual({ age: 7 })
    for await (const _ of db.selectFrom("person").select("id").forUpdate().stream(10));
  })

  test("a stream left because its signal has fired ends without an error and has no effect", async () => {
    await insert(1)
    await insert(2)
    await sql`CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'UPDATE person SET age = 7 RETURNING id'`.execute(db)
    const controller = new AbortController()
    const stoppable = db.withPlugin(queryOptions({ signal: controller.signal }))
    for await (const _ of stoppable
      .selectFrom("person")
      .select([sql<number>`touch()`.as("id")])
      .stream(1)) {
      controller.abort(new Error("the client disconnected"))
      break
    }
    expect(await db.selectFrom("person").select("age").orderBy("id").execute()).toEqual([{ age: 1 }, { age: 2 }])
    expect(pool.stats()).toMatchObject({ leased: 0, closedBy: { error: 0 } })
  })

  test("a stream of an invalid statement rejects, and its connection is still usable", async () => {
    const stream = db.selectFrom("person").select(sql`1 / 0`.as("x")).stream(10)
    await insert(1)
    await expect(stream.next()).rejects.toMatchObject({ sqlState: "22012" })
    expect(pool.stats()).toMatchObject({ leased: 0, closedBy: { error: 0 } })
  })

  test("introspection and migrations", async () => {
    const [table] = await db.introspection.getTables()
    expect(table).toMatchObject({ name: "person", schema: "public", isView: false })
    expect(table!.columns.map(({ name, dataType, isNullable }) => [name, dataType, isNullable])).toEqual([
      ["id", "int4", false],
      ["name", "text", false],
      ["age", "int4", true],
    ])
    const up = (to: Kysely<unknown>) => to.schema.createTable("pet").addColumn("id", "integer").execute()
    const down = (to: Kysely<unknown>) => to.schema.dropTable("pet").execute()
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ "1_pet": { up, down } }) } })
    expect(await migrator.migrateToLatest()).toMatchObject({ results: [{ status: "Success" }] })
    expect((await db.introspection.getTables()).map((each) => each.name)).toContain("pet")
    expect(await migrator.migrateDown()).toMatchObject({ results: [{ status: "Success" }] })
    expect((await db.introspection.getTables()).map((each) => each.name)).not.toContain("pet")
  })

  test("options by a plugin: a signal stops the statement on the server, a timeout rejects, later plugins take precedence", async () => {
    const controller = new AbortController()
    const stoppable = db.withPlugin(queryOptions({ signal: controller.signal, timeoutMs: 60_000 }))
    if (driver.supports.cancel) {
      const sleeping = sql`SELECT pg_sleep(60)`.execute(stoppable)
      setTimeout(() => controller.abort(new Error("the client disconnected")), 50)
      await expect(sleeping).rejects.toThrow("the client disconnected")
      const stopped = async () =>
        (await server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'"))[0]!.count
      await expect.poll(stopped).toBe("0")
      const bounded = db.withPlugin(queryOptions({ timeoutMs: 60_000 })).withPlugin(queryOptions({ timeoutMs: 50 }))
      await expect(sql`SELECT pg_sleep(60)`.execute(bounded)).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
    }
    controller.abort(new Error("the client disconnected"))
    await expect(stoppable.selectFrom("person").selectAll().execute()).rejects.toThrow("the client disconnected")
    expect(
      await db
        .withPlugin(queryOptions({ prepare: true }))
        .selectFrom("person")
        .selectAll()
        .execute(),
    ).toEqual([])
    await expect(sql`SELECT generate_series(1, 3)`.execute(db.withPlugin(queryOptions({ maxRows: 2 })))).rejects.toMatchObject({
      code: "PGSD_TOO_MANY_ROWS",
    })
  })

  test("destroy() closes the pool only if the dialect owns it", async () => {
    const other = new Kysely<Database>({ dialect: new PgsdDialect({ pool, closePool: false }) })
    expect(await other.selectFrom("person").selectAll().execute()).toEqual([])
    await other.destroy()
    expect(pool.state).toBe("open")
    await db.destroy()
    expect(pool.state).toBe("closed")
  })
})

test("a stream whose signal fires before the server has answered BEGIN rejects with its reason", async () => {
  const driver = fakeDriver()
  driver.answer(/^BEGIN/, { delayMs: Number.POSITIVE_INFINITY })
  const pool = createConnectionPool({ driver })
  await using db = new Kysely<Database>({ dialect: new PgsdDialect({ pool }) })
  const controller = new AbortController()
  const stream = db
    .withPlugin(queryOptions({ signal: controller.signal }))
    .selectFrom("person")
    .selectAll()
    .stream(10)
  const row = stream.next()
  await expect.poll(() => driver.queries.map(({ sql }) => sql)).toContain("BEGIN")
  controller.abort(new Error("the client disconnected"))
  await expect(row).rejects.toThrow("the client disconnected")
  await expect.poll(() => pool.stats().leased).toBe(0)
})

test("an invalid pool and invalid options are refused by name", () => {
  const refused = (options: unknown, text: RegExp) => expect(() => new PgsdDialect(options as never)).toThrow(text)
  refused({ pool: { connect() {} } }, /not a pool of @pgsd\/pool/)
  refused({}, /pool is missing/)
  refused({ pool: undefined, cursor: 1 }, /cursor/)
  expect(() => queryOptions({ timeout: 1 } as never)).toThrow(/timeout/)
})

test("all sessions terminated under load: calls in flight fail with a code, process and pool continue", async () => {
  for (const name of ["pg", "postgres.js"]) {
    const pool = createConnectionPool({ driver: DRIVERS[name]!(), connection: server.connection(), max: 4 })
    const db = new Kysely<Database>({ dialect: new PgsdDialect({ pool }) })
    const failures: unknown[] = []
    let running = true
    const worker = async () => {
      while (running) await sql`SELECT pg_sleep(0.01)`.execute(db).catch((error: unknown) => failures.push(error))
    }
    const workers = Array.from({ length: 8 }, worker)
    await expect.poll(() => pool.stats().leased).toBe(4)
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )
    await expect.poll(() => pool.stats().lost).toBeGreaterThan(0)
    const { acquired } = pool.stats()
    await expect.poll(() => pool.stats().acquired).toBeGreaterThan(acquired + 20)
    running = false
    await Promise.all(workers)
    expect(failures.length).toBeLessThanOrEqual(4)
    for (const failure of failures) expect(failure).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    await db.destroy()
  }
})
