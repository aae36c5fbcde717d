import { preflight } from "@pgsd/connector"
import { createConnectionFactory } from "@pgsd/driver/open"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SOCKETS, socketDriver } from "../support/subjects.ts"

const ROUND_TRIP_MS = 50

// The sequential queries of a tool without preflight; each is a round trip.
const NAIVE = [
  "SELECT version()",
  "SHOW server_version_num",
  "SELECT current_database(), current_user, session_user",
  "SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user",
  "SELECT has_database_privilege(current_database(), 'CONNECT')",
  "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
  "SELECT has_schema_privilege('app', 'USAGE'), has_schema_privilege('app', 'CREATE')",
  "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'v') AND NOT has_table_privilege(oid, 'SELECT')",
  "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'INSERT')",
  "SELECT relname FROM pg_class WHERE relrowsecurity",
  "SELECT roleid::regrole FROM pg_auth_members WHERE member = current_user::regrole",
  "SHOW default_transaction_read_only",
  "SELECT pg_is_in_recovery()",
  "SHOW statement_timeout",
  "SHOW max_connections",
] as const

function quickest<T extends { readonly took: number }>(rounds: readonly T[]): T {
  return rounds.reduce((best, each) => (each.took < best.took ? each : best))
}

describe.each(SOCKETS)("preflight of two databases in parallel, 50 ms away, over %s", (name) => {
  const driver = socketDriver(name)
  const servers: PostgresServer[] = []
  const proxies: FaultProxy[] = []
  beforeAll(async () => {
    for (const version of [14, 18]) {
      const server = await postgresServer({ version, users: [{ name: "reader", password: "pw" }] })
      await server.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int PRIMARY KEY)")
      servers.push(server)
      proxies.push(await faultProxy({ host: server.host, port: server.port }))
    }
  })
  afterAll(async () => {
    for (const each of [...proxies, ...servers]) await each.close()
  })

  const factories = () =>
    proxies.map(({ host, port }) =>
      createConnectionFactory({
        driver,
        connection: { host, port, user: "reader", password: "pw", database: "postgres", sslMode: "disable" },
      }),
    )
  const opened = () => counted(() => Promise.all(factories().map(async (factory) => (await factory.open()).close())))
  const looked = () => counted(() => Promise.all(factories().map((factory) => preflight(factory))))
  const counted = async <T>(work: () => Promise<T>) => {
    const before = proxies.map((proxy) => proxy.roundTrips)
    const started = performance.now()
    const result = await work()
    const took = performance.now() - started
    await expect.poll(() => proxies.map((proxy) => proxy.connections)).toEqual([0, 0])
    return { result, took, trips: proxies.map((proxy, index) => proxy.roundTrips - before[index]!) }
  }

  test("takes connecting and at most two round trips", async ({ annotate }) => {
    for (const proxy of proxies) proxy.latency(ROUND_TRIP_MS)
    // The machine may be busy: the fastest of three runs shows the cost of the round trips.
    const bares = [await opened(), await opened(), await opened()]
    const rounds = [await looked(), await looked(), await looked()]
    const [bare, whole] = [quickest(bares), quickest(rounds)]
    const naive = await counted(async () => {
      for (const factory of factories()) {
        const connection = await factory.open()
        for (const sql of NAIVE) await connection.query(sql)
        await connection.close()
      }
    })
    expect(whole.result.map((report) => [report.reachable, report.version?.major, report.permissions?.select])).toEqual([
      [true, 14, false],
      [true, 18, false],
    ])
    const [connecting, all] = [Math.max(...bare.trips), Math.max(...whole.trips)]
    await annotate(
      `${name}: preflight ${rounds.map((each) => Math.round(each.took)).join(", ")} ms and ${all} round trips (connecting, authenticating and goodbye alone: ${Math.round(bare.took)} ms, ${connecting}); ` +
        `one question at a time, one database after the other: ${Math.round(naive.took)} ms and ${Math.max(...naive.trips)} round trips each`,
      "measurement",
    )
    expect(all - connecting).toBeLessThanOrEqual(2)
    expect(Math.max(...naive.trips)).toBeGreaterThanOrEqual(3 * all)
    // The cost is counted above; this only proves that nothing else is waited for. The measured times are in the annotation.
    expect(whole.took).toBeLessThan(5_000)
  })

  test("getVersion needs no query, getFlavour one, once", async () => {
    for (const proxy of proxies) proxy.latency(0)
    const connections = await Promise.all(factories().map((factory) => factory.open()))
    const { createDatabaseConnector } = await import("@pgsd/connector")
    for (const [index, connection] of connections.entries()) {
      const db = createDatabaseConnector(connection)
      const trips = () => proxies[index]!.roundTrips
      const before = trips()
      const version = await db.getVersion()
      expect(trips() - before).toBe(0)
      expect(version).toMatchObject({ major: servers[index]!.version, flavour: "postgresql" })
      await db.getFlavour()
      await db.getFlavour()
      expect(trips() - before).toBe(1)
      await db.checkPermissions()
      expect(trips() - before).toBe(2)
      await db.verifySchemaAccess("app")
      expect(trips() - before).toBe(3)
      await db.close()
    }
  })
})
