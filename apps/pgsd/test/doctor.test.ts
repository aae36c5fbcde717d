import type { Finding } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { run } from "../src/cli/run.ts"
import { readConfiguration, withDatabaseManager } from "../src/commands/databases.ts"
import type { DoctorReport } from "../src/doctor/doctor-report.ts"
import { examine } from "../src/doctor/examine.ts"
import { violationsOf } from "./support/json-schema.ts"
import { recordingTerminal } from "./support/terminal.ts"

const PLAN = { max: 2, min: 0, processes: 1, listens: false, idleTimeoutMs: 60_000, queryTimeoutMs: Number.POSITIVE_INFINITY }
const violations = violationsOf("doctor-1")

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({
    settings: { max_connections: 20, max_prepared_transactions: 2 },
    users: ["app", "other", "limited", "odd"].map((name) => ({ name, password: "secret" })),
  })
})
afterAll(() => server?.close())

const url = (user: string, database?: string) => server.url({ user, password: "secret", database })

async function command(...args: string[]) {
  const terminal = recordingTerminal()
  const exitCode = await run(args, terminal)
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

/** The report of one server as JSON, validated against the published schema. */
async function doctor(connection: string, ...args: string[]) {
  const { exitCode, stdout } = await command("doctor", connection, "--format", "json", ...args)
  const document = JSON.parse(stdout) as { readonly databases: { readonly source: DoctorReport } }
  expect(violations(document)).toEqual([])
  const { findings, ...report } = document.databases.source
  return { ...report, exitCode, findings, finding: (id: string) => findings.find((each) => each.id === id) }
}

/** The same with thresholds of 0, so that anything counts as long. */
async function examined(connection: string, signal: AbortSignal = new AbortController().signal): Promise<DoctorReport> {
  const configuration = await readConfiguration({ source: connection })
  return withDatabaseManager(configuration, ["source"], async (manager) => {
    const { source: preflight } = await manager.verifyConnections()
    const connect = () => manager.getConnection("source", { signal })
    return examine({ preflight, plan: PLAN, connect, signal, thresholds: { idleInTransactionMs: 0, transactionMs: 0 } })
  })
}

async function session(user: string, database?: string) {
  const connection = await pgDriver().connect(server.target({ user, password: "secret", ...(database !== undefined && { database }) }))
  onTestFinished(() => connection.close())
  return connection
}

/** Runs the statements of a finding, with sufficient privileges. */
async function cure(finding: Finding | undefined): Promise<void> {
  expect(finding?.statements).not.toEqual([])
  for (const statement of finding?.statements ?? []) await server.sql(statement)
}

describe("connections for the pools", () => {
  test("pools that do not fit are a failed check, with the size that fits and the limit that would suffice", async () => {
    await session("other")
    const { exitCode, stdout } = await command("doctor", url("app"), "--pool-max", "5", "--processes", "4")
    expect(exitCode).toBe(1)
    expect(stdout).toContain("✗ 4 processes × 5 connections = 20; the server allows 17 (max_connections 20 less 3 reserved), of")
    expect(stdout).toContain("other clients use 1 now")
    expect(stdout).toContain("fix  a pool of at most 3 in each process (max: 3), fewer processes, or a higher limit:")
    expect(stdout).toContain("ALTER SYSTEM SET max_connections = 27; -- after a restart")
    expect(stdout).toContain("not fit for this pool: 1 failed")
    expect(await doctor(url("app"), "--pool-max", "3", "--processes", "4")).toMatchObject({ exitCode: 0, pool: { max: 3, processes: 4 } })
    const { finding, ok } = await doctor(url("app"), "--pool-max", "4", "--processes", "4")
    expect({ ok, finding: finding("capacity.server") }).toMatchObject({ ok: true, finding: { level: "warn" } })
  })

  test("the session of listen() counts once per pool", async () => {
    const plan = ["--pool-max", "3", "--processes", "4"]
    expect(await doctor(url("app"), ...plan)).toMatchObject({ exitCode: 0, pool: { listens: false } })
    const { finding, ...report } = await doctor(url("app"), ...plan, "--listen")
    expect(report).toMatchObject({ exitCode: 0, pool: { max: 3, listens: true } })
    expect(finding("capacity.server")).toMatchObject({
      level: "warn",
      found: expect.stringMatching(/^4 processes × \(3 connections \+ 1 of listen\(\)\) = 16; the server allows 17 /),
      fix: expect.stringContaining("a pool of at most 2 in each process (max: 2)"),
    })
    expect((await doctor(url("app"), "--pool-max", "2", "--processes", "4", "--listen")).finding("capacity.server")).toMatchObject({
      level: "ok",
    })
    expect((await doctor(url("app"), "--pool-max", "4", "--processes", "4", "--listen")).exitCode).toBe(1)
  })

  test("sessions of the role in the database are the application's own, and do not reduce its capacity", async () => {
    await Promise.all([session("app"), session("app")])
    const { finding, sessions } = await doctor(url("app"), "--pool-max", "15")
    expect(finding("capacity.server")).toMatchObject({ level: "ok", found: expect.stringContaining("no other client") })
    expect(sessions).toMatchObject({ total: 2, ofRoleInDatabase: 2, hidden: 0 })
  })

  test("the limits of a role and of a database count, except for a superuser", async () => {
    await server.sql("ALTER ROLE limited CONNECTION LIMIT 4")
    await server.sql("CREATE DATABASE small CONNECTION LIMIT 6")
    await session("limited", "small")
    const limited = await doctor(url("limited"), "--pool-max", "4")
    expect(limited).toMatchObject({ exitCode: 1, capacity: { roleLimit: 4, databaseLimit: -1 } })
    expect(limited.finding("capacity.role")).toMatchObject({
      level: "fail",
      found: '1 process × 4 connections = 4; role "limited" may have 4, of which other clients use 1 now',
    })
    await cure(limited.finding("capacity.role"))
    expect((await doctor(url("limited"), "--pool-max", "4")).finding("capacity.role")).toMatchObject({ level: "ok" })
    const small = await doctor(url("app", "small"), "--pool-max", "6")
    expect(small.finding("capacity.database")).toMatchObject({ level: "fail", found: expect.stringContaining("other clients use 1 now") })
    await cure(small.finding("capacity.database"))
    expect((await doctor(url("app", "small"), "--pool-max", "6")).exitCode).toBe(0)
    const superuser = await doctor(server.url({ database: "small" }), "--pool-max", "16")
    expect(superuser.findings.filter(({ id }) => id.startsWith("capacity"))).toMatchObject([
      { id: "capacity.server", level: "ok", found: expect.stringContaining("the server allows 20,") },
    ])
  })
})

describe("sessions that hold resources", () => {
  test("one idle in a transaction is named with the statement that ends it; a role with only CONNECT reports what it could not read", async () => {
    const idle = await session("other")
    await idle.query("BEGIN")
    const [row] = (await idle.query("SELECT pg_catalog.pg_backend_pid() AS pid")).rows
    const pid = Number(row?.pid)

    const blind = await doctor(url("odd"))
    expect(blind.finding("sessions.idle-in-transaction")).toMatchObject({ level: "ok" })
    expect(blind.finding("sessions.hidden")).toMatchObject({
      level: "warn",
      found: "what 1 of 1 other sessions do could not be read: they are of other roles",
    })
    expect(blind).toMatchObject({ exitCode: 0, sessions: { total: 1, hidden: 1 } })
    await cure(blind.finding("sessions.hidden"))
    const seeing = await doctor(url("odd"))
    expect(seeing.finding("sessions.hidden")).toBeUndefined()
    expect(seeing.finding("sessions.idle-in-transaction")).toMatchObject({
      level: "info",
      found: "1 session is idle in a transaction, none for 10 s",
      objects: { count: 1, names: [expect.stringContaining(`process ${pid}`)] },
    })
    await server.sql("REVOKE pg_read_all_stats FROM odd")

    const found = (await examined(server.url())).findings.find(({ id }) => id === "sessions.idle-in-transaction")
    expect(found).toMatchObject({
      level: "warn",
      found: expect.stringMatching(new RegExp(`process ${pid} .*of other in postgres, idle in transaction`)),
    })
    const ended = new Promise((resolve) => idle.onClose(resolve))
    await cure(found)
    await ended
    expect((await examined(server.url())).findings).toContainEqual(
      expect.objectContaining({ id: "sessions.idle-in-transaction", level: "ok" }),
    )
  })

  test("a long transaction and a prepared one, whatever its name", async () => {
    const busy = await session("other")
    const running = busy.query("SELECT pg_catalog.pg_sleep(60)").catch((error: unknown) => error)
    await server.sql("BEGIN; CREATE TABLE kept (); PREPARE TRANSACTION 'it''s \"kept\"'")
    await expect
      .poll(async () => (await examined(server.url())).findings.find(({ id }) => id === "sessions.long-transaction")?.level, {
        timeout: 20_000,
      })
      .toBe("warn")
    const { findings } = await examined(server.url())
    const [long, prepared] = ["sessions.long-transaction", "transactions.prepared"].map((id) => findings.find((each) => each.id === id))
    expect(long?.found).toMatch(/^1 session is in a transaction .*of other in postgres, active, in a transaction for/)
    expect(prepared).toMatchObject({ level: "warn", statements: [`ROLLBACK PREPARED 'it''s "kept"';`] })
    await cure(long)
    await cure(prepared)
    expect(await running).toBeInstanceOf(Error)
    const after = (await examined(server.url())).findings.map(({ id }) => id)
    expect(after).not.toContain("transactions.prepared")
    expect(after).not.toContain("sessions.long-transaction")
  })
})

test("each finding about a setting disappears after its statements", async () => {
  await server.sql("ALTER ROLE odd SET idle_session_timeout = '30s'")
  await server.sql("ALTER SYSTEM SET password_encryption = 'md5'")
  await server.reload()
  const ids = ["timeouts.statement", "timeouts.idle-in-transaction", "timeouts.idle-session", "password-encryption"]
  const before = await doctor(url("odd"))
  expect(before.exitCode).toBe(0)
  for (const id of ids) {
    expect(before.finding(id), id).toMatchObject({ level: "warn" })
    await cure(before.finding(id))
  }
  const after = await doctor(url("odd"))
  expect(after.findings.filter(({ id }) => ids.includes(id))).toEqual([])
})

test("answers within the caller's timeout, even for a server that has stopped responding", async () => {
  const configuration = await readConfiguration({ source: url("app") })
  await withDatabaseManager(configuration, ["source"], async (manager) => {
    const { source: preflight } = await manager.verifyConnections()
    await server.pause()
    try {
      const signal = AbortSignal.timeout(300)
      const connect = () => manager.getConnection("source", { signal })
      const outcome = await examine({ preflight, plan: PLAN, connect, signal }).catch((error: unknown) => error)
      expect(signal.aborted && outcome === signal.reason).toBe(true)
    } finally {
      await server.resume()
    }
  })
})

test("an unreachable server and wrong usage are exit code 2", async () => {
  expect(await doctor("postgresql://app@127.0.0.1:1/none")).toMatchObject({
    exitCode: 2,
    ok: false,
    reachable: false,
    error: { code: expect.stringMatching(/^PGSD_/) },
  })
  expect(await command("doctor", url("app"), "--source", url("app"))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("[PGSD_CONNECTION_TWICE]"),
  })
  expect(await command("doctor", url("app"), "--processes", "0")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("a number from 1 to"),
  })
  expect((await command("doctor", url("app"))).stderr).toContain("the connection has a password in it")
})

describe.skipIf(!hasPgBouncer())("behind PgBouncer", () => {
  test.each(["transaction", "session"] as const)("%s mode is detected, and the server's limits are not the pool's", async (mode) => {
    await using bouncer = await pgBouncer({ server, mode })
    const { findings } = await doctor(bouncer.url({ user: "app", password: "secret" }), "--pool-max", "100")
    expect(findings.filter(({ level }) => level === "fail")).toEqual([])
    const ids = findings.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(["pooler", `pooler.${mode}`]))
    expect(ids.filter((id) => id.startsWith("capacity"))).toEqual([])
  })
})
