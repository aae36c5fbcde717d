import { createDatabaseConnector, type PreflightReport, preflight } from "@pgsd/connector"
import { createConnectionFactory } from "@pgsd/driver/open"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { fakeDriver } from "@pgsd/testing"
import { faultProxy } from "@pgsd/testing/proxy"
import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

const ids = (report: PreflightReport) => report.findings.map((each) => `${each.level} ${each.id}`)

describe("the preflight report of a real server", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({
      tls: true,
      users: [{ name: "reader", password: "s3cret-word", attributes: "LOGIN CONNECTION LIMIT 7" }],
    })
    await server.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int)")
    await server.sql("CREATE DATABASE other")
  })
  afterAll(() => server.close())

  const factory = (overrides: object = {}) =>
    createConnectionFactory({
      driver: pgDriver(),
      connection: {
        host: server.host,
        port: server.port,
        user: "reader",
        password: "s3cret-word",
        database: "postgres",
        sslMode: "verify-full",
        ca: [server.tls!.ca],
        label: "source",
        ...overrides,
      },
    })

  test("has reachability, TLS, authentication, version, permissions, read-only state, limits and latency", async () => {
    const report = await preflight(factory())
    expect(report).toMatchObject({
      ok: true,
      label: "source",
      reachable: true,
      connection: {
        driver: "pg",
        host: server.host,
        port: server.port,
        user: "reader",
        database: "postgres",
        authentication: expect.stringMatching(/^scram-sha-256/),
        tls: { protocol: "TLSv1.3", cipher: expect.any(String), peerCertificate: { subject: expect.stringContaining("localhost") } },
        tlsVerified: "full",
        connectTimeMs: expect.any(Number),
        latencyMs: expect.any(Number),
      },
      version: { major: server.version, flavour: "postgresql" },
      flavour: { flavour: "postgresql", addOns: [] },
      support: { level: "full" },
      identity: { database: "postgres", databaseOid: expect.any(Number) },
      readOnly: { transaction: false, byDefault: false, standby: false },
      timeouts: { statementTimeout: "0", lockTimeout: "0", idleInTransactionSessionTimeout: "0" },
      capacity: { maxConnections: expect.any(Number), reservedConnections: 3, roleLimit: 7, databaseLimit: -1 },
      permissions: { usage: false, select: false, sufficientFor: { catalogReading: true, usageAndSelect: false } },
    })
    expect(report.durationMs).toBeGreaterThan(report.connection!.connectTimeMs)
    // The certificate of a test server is valid for a few days only, which is a warning.
    expect(ids(report).filter((each) => each !== "warn tls.expiry")).toEqual([
      "ok connect",
      "ok tls.verified",
      "ok auth",
      "ok version",
      "info read-only.off",
      "ok timeouts",
      "ok capacity",
      "info schema.usage",
      "info schema.select",
      "ok role.least-privilege",
    ])
    expect(JSON.stringify(report)).not.toContain("s3cret-word")
  })

  test("two reports of one database have the same identity, of two databases different ones", async () => {
    const superuser = { user: server.user, password: server.password }
    const [left, again, other] = await Promise.all([
      preflight(factory(superuser)),
      preflight(factory(superuser)),
      preflight(factory({ ...superuser, database: "other" })),
    ])
    expect(left.identity).toEqual(again.identity)
    expect(left.identity!.systemIdentifier).toMatch(/^\d{15,}$/)
    expect(other.identity!.systemIdentifier).toBe(left.identity!.systemIdentifier)
    expect(other.identity!.databaseOid).not.toBe(left.identity!.databaseOid)
  })

  test("reports what of the certificate was verified, and fails on request when it was not", async () => {
    const require = await preflight(factory({ sslMode: "require", ca: undefined }))
    expect(ids(require)).toContain("warn tls.unverified")
    expect(require.ok).toBe(true)
    const strict = await preflight(factory({ sslMode: "require", ca: undefined }), { requireVerifiedTls: true })
    expect([strict.ok, ids(strict).includes("fail tls.unverified")]).toEqual([false, true])
    const plain = await preflight(factory({ sslMode: "disable", ca: undefined }), { requireVerifiedTls: true })
    expect([plain.ok, ids(plain).includes("fail tls.local")]).toEqual([false, true])
    const authority = await preflight(factory({ sslMode: "verify-ca" }))
    expect(ids(authority)).toContain("info tls.name-unverified")
  })

  test("warns of an expiring password, and of the session settings", async () => {
    await server.sql(`CREATE ROLE brief LOGIN PASSWORD 'pw' VALID UNTIL '${new Date(Date.now() + 86_400_000).toISOString()}'`)
    await server.sql("ALTER ROLE brief SET default_transaction_read_only = on; ALTER ROLE brief SET statement_timeout = '30s'")
    const report = await preflight(factory({ user: "brief", password: "pw" }))
    expect(ids(report)).toEqual(expect.arrayContaining(["warn role.valid-until", "ok read-only.default"]))
    expect(report.timeouts!.statementTimeout).toBe("30s")
    expect(report.readOnly).toMatchObject({ transaction: true, byDefault: true })
  })

  test("an unmet requirement makes it not ok", async () => {
    const report = await preflight(factory(), { schemas: ["app"], require: "usage-and-select" })
    expect(report.ok).toBe(false)
    expect(ids(report)).toEqual(expect.arrayContaining(["fail schema.usage", "fail schema.select"]))
  })

  test("of an open connector needs no further connection", async () => {
    const connection = await factory().open()
    const db = createDatabaseConnector(connection, { context: factory() })
    const report = await db.preflight()
    expect(report.connection!.tlsVerified).toBe("full")
    expect(db.status).toBe("idle")
    await db.close()
  })

  test("a database that is down or does not answer is a report, not a rejection", async () => {
    const down = await preflight(factory({ port: 1 }))
    expect(down).toMatchObject({ ok: false, reachable: false, error: { code: "PGSD_CONNECTION_REFUSED", label: "source" } })
    expect(down.findings).toMatchObject([{ id: "connect", level: "fail" }])
    expect(down.connection).toBeUndefined()

    await using proxy = await faultProxy({ host: server.host, port: server.port })
    proxy.blackholeNew()
    const started = performance.now()
    const silent = await preflight(factory({ port: proxy.port }), { timeoutMs: 150 })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(silent).toMatchObject({ ok: false, reachable: false, error: { code: "PGSD_PREFLIGHT_TIMEOUT", label: "source" } })

    await proxy.pass()
    await expect(preflight(factory(), { signal: AbortSignal.abort("no") })).rejects.toBe("no")
    await expect(preflight(factory({ port: 1 }), { schema: "app" } as object)).rejects.toMatchObject({ hint: 'did you mean "schemas"?' })
  })

  test("a connection lost in the middle is reported with what was known by then", async () => {
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    const connection = await factory({ port: proxy.port, sslMode: "disable", ca: undefined }).open()
    const db = createDatabaseConnector(connection)
    proxy.cut()
    const report = await db.preflight()
    expect(report).toMatchObject({ ok: false, reachable: true, connection: { user: "reader" }, error: { code: "PGSD_CONNECTION_LOST" } })
    expect(ids(report).at(-1)).toBe("fail preflight.interrupted")
    expect(JSON.parse(JSON.stringify(report)).connection).not.toHaveProperty("latencyMs")
    await db.close()
  })

  test("a connection lost between the two queries is reported with the answer to the first", async () => {
    const connection = await factory().open()
    const asked = connection.query.bind(connection)
    let questions = 0
    const breaking = Object.assign(connection, {
      query: (async (...parameters: Parameters<typeof asked>) => {
        if (++questions === 2) connection.destroy()
        return asked(...parameters)
      }) as typeof connection.query,
    })
    const report = await createDatabaseConnector(breaking).preflight()
    expect(report).toMatchObject({
      ok: false,
      reachable: true,
      version: { major: server.version },
      connection: { latencyMs: expect.any(Number) },
    })
    expect(ids(report).slice(-2)).toEqual(["ok version", "fail preflight.interrupted"])
  })

  test("leaves no ERROR and no WARNING in the server's log", async () => {
    const before = server.logs().length
    await preflight(factory(), { schemas: ["app", "nowhere"] })
    expect(server.logs().slice(before)).not.toMatch(/ERROR|WARNING|FATAL/)
  })

  test("a standby is reported as one", async () => {
    await using standby = await postgresServer({ standbyOf: server })
    const report = await preflight(factory({ port: standby.port, sslMode: "disable", ca: undefined }))
    expect(report.readOnly!.standby).toBe(true)
    expect(ids(report)).toContain("ok read-only.standby")
  })

  test.runIf(hasPgBouncer() || process.env.CI)(
    "a pooler in between is noticed, and its console is refused by name without a question",
    async () => {
      await using bouncer = await pgBouncer({ server, mode: "transaction" })
      const through = {
        host: bouncer.host,
        port: bouncer.port,
        sslMode: "disable",
        ca: undefined,
        user: server.user,
        password: server.password,
      }
      const report = await preflight(factory(through))
      expect(report.version!.major).toBe(server.version)
      expect(ids(report)).toContain("info pooler")
      // Our connections print values in one format; one through this pooler uses the database's settings.
      await server.sql("CREATE DATABASE printing")
      await server.sql("ALTER DATABASE printing SET extra_float_digits = -3")
      await server.sql("ALTER DATABASE printing SET IntervalStyle = 'iso_8601'")
      const direct = { database: "printing", user: server.user, password: server.password }
      expect(ids(await preflight(factory(direct)))).not.toContain("warn values")
      const { findings } = await preflight(factory({ ...through, database: "printing" }))
      expect(findings.find(({ id }) => id === "values")).toMatchObject({
        level: "warn",
        found: expect.stringMatching(/extra_float_digits -3 .*IntervalStyle iso_8601/),
      })
      const admin = await preflight(factory({ ...through, database: "pgbouncer" }))
      expect(admin).toMatchObject({
        ok: false,
        reachable: true,
        support: { level: "refused", reason: expect.stringContaining("PgBouncer") },
      })
      expect(admin.error).toBeUndefined()
    },
  )
})

describe("an unresponsive server (scripted)", () => {
  const reportOf = async (fake: ReturnType<typeof fakeDriver>, timeoutMs: number) =>
    preflight(createConnectionFactory({ driver: fake, connection: { host: "", user: "", label: "source" } }), { timeoutMs })

  test("is reported with the timeout and the database's name", async () => {
    const fake = fakeDriver()
    fake.answer(/version_text/, { delayMs: Number.POSITIVE_INFINITY })
    fake.delayConnects(40)
    const report = await reportOf(fake, 120)
    expect(report).toMatchObject({ ok: false, reachable: true, error: { code: "PGSD_PREFLIGHT_TIMEOUT", label: "source" } })
    expect(report.error?.message).toContain("timeoutMs (120 ms)")
  })

  test("and so is an invalid answer", async () => {
    const report = await reportOf(fakeDriver(), 1_000)
    expect(report.error).toMatchObject({ label: "source", message: expect.stringMatching(/^source: .*no row/) })
  })
})

describe("the preflight report of PGlite", () => {
  test("works over its only session", async () => {
    await using driver = pgliteDriver()
    const report = await preflight(createConnectionFactory({ driver }))
    expect(report).toMatchObject({
      reachable: true,
      flavour: { flavour: "pglite" },
      support: { level: "full" },
      version: { major: expect.any(Number) },
    })
    expect(report.permissions!.role.superuser).toBe(true)
  })
})

describe("servers that are not PostgreSQL, or not a known one (scripted)", () => {
  const reportOf = async (serverVersion: string, versionText: string, options: object = {}, extra: Record<string, string> = {}) => {
    const fake = fakeDriver({ serverParameters: { server_version: serverVersion, ...extra } })
    fake.answer(/version\(\) AS version_text/, [{ version_text: versionText, version_number: null, add_ons: [] }])
    const report = await preflight(createConnectionFactory({ driver: fake }), options)
    return { report, queries: fake.queries.map((query) => query.sql) }
  }

  test.each<[what: string, serverVersion: string, versionText: string, reason: RegExp, extra?: Record<string, string>]>([
    ["Redshift", "8.0.2", "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.77467", /Redshift/],
    ["PostgreSQL 9.6", "9.6.24", "PostgreSQL 9.6.24 on x86_64-pc-linux-gnu", /older than 10/],
    [
      "CockroachDB",
      "13.0.0",
      "CockroachDB CCL v21.1.0 (x86_64-unknown-linux-gnu, built 2021)",
      /CockroachDB/,
      { crdb_version: "CockroachDB CCL v21.1.0 (x86_64)" },
    ],
    ["Materialize", "9.5.0", "PostgreSQL 9.6 on x86_64-apple-darwin (materialized 0.21.1-dev)", /Materialize/],
  ])("%s is refused by name after one harmless query", async (_, serverVersion, versionText, reason, extra) => {
    const { report, queries } = await reportOf(serverVersion, versionText, {}, extra)
    expect(report).toMatchObject({ ok: false, reachable: true, support: { level: "refused", reason: expect.stringMatching(reason) } })
    expect(queries).toEqual(["SELECT version() AS version_text"])
  })

  test("PgBouncer's console is refused without a query", async () => {
    const { report, queries } = await reportOf("1.25.2/bouncer", "")
    expect(report).toMatchObject({ ok: false, reachable: true, flavour: { flavour: "pgbouncer" } })
    expect(report.findings.at(-1)).toMatchObject({ id: "version.refused", level: "fail", why: expect.stringContaining("console") })
    expect(queries).toEqual([])
  })

  test("a refused server can be allowed: then it is a warning", async () => {
    const { report } = await reportOf("9.6.24", "PostgreSQL 9.6.24 on x86_64-pc-linux-gnu", { allowUnsupported: true })
    expect(report.findings.at(-1)).toMatchObject({ id: "version.refused", level: "warn" })
    expect(report.ok).toBe(true)
  })
})
