import type { ConnectionLiteral, DatabaseConnectionError, SslMode } from "@pgsd/driver"
import { createConnectionFactory } from "@pgsd/driver/open"
import { createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { SOCKETS, socketDriver } from "../support/subjects.ts"

describe.each(SOCKETS)("sslmode with real servers, over %s", (name) => {
  const driver = socketDriver(name)
  let plain: PostgresServer
  let encrypted: PostgresServer
  let strict: PostgresServer
  beforeAll(async () => {
    plain = await postgresServer({ hba: ["local all all trust", "host all all 127.0.0.1/32 trust"] })
    encrypted = await postgresServer({ tls: true, hba: ["local all all trust", "host all all 127.0.0.1/32 trust"] })
    const hba = ["local all all trust", "hostssl all rotating 127.0.0.1/32 scram-sha-256", "hostssl all all 127.0.0.1/32 trust"]
    strict = await postgresServer({ tls: true, hba })
    await strict.sql("CREATE ROLE rotating LOGIN PASSWORD 'new' CONNECTION LIMIT 1")
  })
  afterAll(async () => {
    await plain?.close()
    await encrypted?.close()
    await strict?.close()
  })
  const servers = { "without TLS": () => plain, "with TLS": () => encrypted, "with TLS only": () => strict }

  test.each<[server: keyof typeof servers, mode: SslMode, expected: "TLS" | "plain" | string]>([
    ["without TLS", "disable", "plain"],
    ["without TLS", "allow", "plain"],
    ["without TLS", "prefer", "plain"],
    ["without TLS", "require", "PGSD_TLS_UNSUPPORTED"],
    ["with TLS", "disable", "plain"],
    ["with TLS", "allow", "plain"],
    ["with TLS", "prefer", "TLS"],
    ["with TLS", "require", "TLS"],
    ["with TLS only", "disable", "PGSD_AUTH_FAILED"],
    ["with TLS only", "allow", "TLS"],
    ["with TLS only", "prefer", "TLS"],
    ["with TLS only", "require", "TLS"],
  ])("a server %s, sslmode=%s: %s", async (which, sslMode, expected) => {
    const { host, port, user } = servers[which]()
    const opening = createConnectionFactory({ driver, connection: { host, port, user, database: "postgres", sslMode } }).open()
    const got = await opening.then(
      async (connection) => {
        const encryption = connection.info.tls === undefined ? "plain" : "TLS"
        await connection.close()
        return encryption
      },
      (error: DatabaseConnectionError) => error.code,
    )
    expect(got).toBe(expected)
  })

  test("sslmode=prefer on a server with TLS only: the failure over TLS is the error, and a changed password is requested again", async () => {
    const { host, port } = strict
    const connection = { host, port, user: "rotating", database: "postgres", password: "new", sslMode: "prefer" } as const
    const open = (changes: Partial<ConnectionLiteral>) =>
      createConnectionFactory({ driver, connection: { ...connection, ...changes } }).open()
    await expect(open({ database: "missing" })).rejects.toMatchObject({
      code: "PGSD_DATABASE_NOT_FOUND",
      sqlState: "3D000",
      phase: "ready",
    })
    await expect(open({ password: "old" })).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01", attempts: [{}, {}] })
    const only = await open({})
    await expect(open({})).rejects.toMatchObject({ code: "PGSD_TOO_MANY_CONNECTIONS", sqlState: "53300", retryable: true })
    await only.close()
    await expect.poll(() => strict.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'rotating'")).toEqual([])

    const passwords = ["old", "new"]
    const pool = createConnectionPool({ driver, max: 1, connection: { ...connection, password: () => passwords.shift() ?? "none" } })
    onTestFinished(() => pool.close())
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
  })

  test("verify-ca and verify-full with the right root, the wrong root, and another name", async () => {
    const { host, port, user, tls } = encrypted
    const open = (sslMode: SslMode, ca: string) =>
      createConnectionFactory({ driver, connection: { host, port, user, database: "postgres", sslMode, ca: [ca] } })
        .open()
        .then(async (connection) => {
          await connection.close()
          return "verified"
        })
        .catch((error: DatabaseConnectionError) => error.code)
    expect(await open("verify-full", tls!.ca)).toBe("verified")
    expect(await open("verify-ca", tls!.ca)).toBe("verified")
    expect(await open("verify-full", strict.tls!.ca)).toBe("PGSD_TLS_UNTRUSTED")
    await encrypted.tls!.reissue({ names: ["other.test"], cn: "other.test" })
    expect(await open("verify-full", tls!.ca)).toBe("PGSD_TLS_HOSTNAME")
    expect(await open("verify-ca", tls!.ca)).toBe("verified")
    await encrypted.tls!.reissue({})
  })
})
