import { pgDriver } from "@pgsd/driver-pg"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { test as base, expect } from "vitest"

const SCHEMA = `
  CREATE TABLE stock (item text PRIMARY KEY, pieces int NOT NULL CHECK (pieces >= 0));
  CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, item text NOT NULL REFERENCES stock, pieces int NOT NULL);
  INSERT INTO stock VALUES ('tea', 10)`
// With PGSD_TEST_DATABASE_URL the server is shared with other workers.
const TEMPLATE = `template_${process.pid}`
let copies = 0

interface Fixtures {
  /** One per worker, started by the first test that needs it. The schema is created once, in a template database. */
  readonly server: PostgresServer
  /** Over the test's own database, a copy of the template. */
  readonly pool: ConnectionPool
}

export const test = base.extend<Fixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs.
    async ({}, use) => {
      await using server = await postgresServer()
      await server.sql(`CREATE DATABASE ${TEMPLATE}`)
      await server.sql(SCHEMA, { database: TEMPLATE })
      await use(server)
      await server.sql(`DROP DATABASE ${TEMPLATE}`)
    },
    { scope: "worker" },
  ],
  pool: async ({ server }, use) => {
    const database = `test_${process.pid}_${++copies}`
    await server.sql(`CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`)
    const { host, port, user, password } = server
    const pool = createConnectionPool({ driver: pgDriver(), connection: { host, port, user, password, database } })
    await use(pool)
    // The code under test has released everything.
    expect(pool.stats().leased).toBe(0)
    await pool.close()
    await server.sql(`DROP DATABASE ${database}`)
  },
})
