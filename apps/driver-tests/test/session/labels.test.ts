import { PgsdError } from "@pgsd/driver"
import { sessionOf } from "@pgsd/driver/session"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// An error has the label of its database, also when a call on one database fails with the error of another.

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE t (n int4)")
})
afterAll(() => server?.close())

type Failing = (a: ConnectionPool, b: ConnectionPool) => Promise<unknown>

const NAMED_B: Readonly<Record<string, Failing>> = {
  "a transaction": (a, b) => a.transaction(() => b.query("SELECT 1/0")),
  "a savepoint": (a, b) => a.transaction((tx) => tx.transaction(() => b.query("SELECT 1/0"))),
  use: (a, b) => a.use((lease) => lease.transaction(() => b.query("SELECT 1/0"))),
  "the source of copyFrom": (a, b) => a.copyFrom("COPY t FROM STDIN", b.copyTo("COPY nope TO STDOUT")),
  "a value parser": async (a, b) => {
    const foreign = await b.query("SELECT 1/0").catch((error: unknown) => error)
    const parse = () => {
      throw foreign
    }
    return a.query("SELECT 1", undefined, { types: { 23: parse } })
  },
}
const NAMED_A: Readonly<Record<string, Failing>> = {
  "a statement of its own": (a) => a.query("SELECT 1/0"),
  "a statement in its transaction": (a) => a.transaction((tx) => tx.query("SELECT 1/0")),
  "an error without a label that its callback throws": (a) =>
    a.transaction(() => {
      throw new PgsdError("MINE", "mine")
    }),
}

describe.each(DRIVERS)("over $name", async ({ load }) => {
  const driver = await load()
  const pools = (["a", "b"] as const).map((label) =>
    createConnectionPool({ label, open: () => driver.connect(server.target({ label: `target of ${label}` })) }),
  )
  afterAll(() => Promise.all(pools.map((pool) => pool.close())))
  const [a, b] = pools as [ConnectionPool, ConnectionPool]

  test.each(Object.entries(NAMED_B))("%s that fails with the error of another database", async (_, fails) => {
    await expect(fails(a, b)).rejects.toMatchObject({ label: "b" })
  })

  test.each(Object.entries(NAMED_A))("%s", async (_, fails) => {
    await expect(fails(a, b)).rejects.toMatchObject({ label: "a" })
  })
})

test("the reason of the caller's own signal is passed on unchanged", async () => {
  const session = sessionOf(await fakeDriver().connect({ host: "db", user: "app", label: "a" }))
  const reason = new PgsdError("MINE", "mine")
  const outcome = session.transaction(() => new Promise(() => {}), { signal: AbortSignal.abort(reason) })
  await expect(outcome).rejects.toBe(reason)
  expect(reason.label).toBeUndefined()
  await session.close()
})
