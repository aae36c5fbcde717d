import { type ResolveOptions, resolveConnection } from "@pgsd/config"
import { type Connection, type Driver, isPgsdError, type PgsdError } from "@pgsd/driver"
import { ConnectAttemptsError, createConnectionFactory } from "@pgsd/driver/open"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { MORE, VERIFIED } from "./sslmode/cases.ts"
import { lookup } from "./sslmode/lookup.ts"
import { type Material, writeMaterial } from "./sslmode/material.ts"
import { inOrder, PASSWORD, Servers } from "./sslmode/servers.ts"

const DRIVERS: readonly Driver[] = [pgDriver(), postgresDriver()]
/** libpq's messages that contain texts of OpenSSL, which Node words differently. */
const CODE_OF: Readonly<Record<string, string>> = { "certificate verify failed": "PGSD_TLS_UNTRUSTED" }

let servers: Servers
let material: Material
beforeAll(async () => {
  servers = await Servers.start()
  material = await writeMaterial(servers.main.tls!)
})
afterAll(async () => {
  material?.remove()
  await servers?.close()
})

async function open(driver: Driver, options: ResolveOptions): Promise<Connection> {
  const connection = await resolveConnection(options)
  return createConnectionFactory({ driver, connection, lookup, connectTimeoutMs: 5_000 }).open()
}

async function refusal(opening: Promise<Connection>): Promise<PgsdError> {
  try {
    await (await opening).close()
  } catch (error) {
    if (isPgsdError(error)) return error
    throw error
  }
  throw new Error("expected an error, and the connection was opened")
}

const matrix = inOrder([...VERIFIED, ...MORE]).flatMap((tlsCase) =>
  DRIVERS.map((driver) => [tlsCase.id, driver.name, tlsCase, driver] as const),
)

describe("sslmode and related parameters behave as in libpq, through the resolver, the factory and the driver", () => {
  test.each(matrix)("%s over %s", async (_, name, tlsCase, driver) => {
    const server = await servers.of(tlsCase.server)
    const options = material.options(tlsCase, { port: server.port, password: PASSWORD })
    if (tlsCase.channel_binding === "require" && name === "postgres") {
      expect((await refusal(open(driver, options))).message).toContain("channel_binding=require is not supported by the postgres.js driver")
      return
    }
    if (tlsCase.expect === undefined) {
      const error = await refusal(open(driver, options))
      const code = tlsCase.code ?? CODE_OF[tlsCase.error!]
      if (code !== undefined) expect(error.code, error.message).toBe(code)
      if (CODE_OF[tlsCase.error!] === undefined) expect(error.message).toContain(material.fill(tlsCase.error!))
      expect(error.message).not.toContain("S3CRET")
      return
    }
    const connection = await open(driver, options)
    try {
      const { rows } = await connection.query<{ ssl: boolean; version: string | null }>(
        "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      )
      expect(rows[0]!.ssl).toBe(tlsCase.expect.encrypted)
      expect(connection.info.tls !== undefined).toBe(tlsCase.expect.encrypted)
      if (tlsCase.protocol !== undefined) expect(rows[0]!.version).toBe(tlsCase.protocol)
      if (tlsCase.authentication !== undefined) {
        const bindable = tlsCase.authentication !== "scram-sha-256-plus" || driver.supports.channelBinding
        expect(connection.info.authentication).toBe(bindable ? tlsCase.authentication : "scram-sha-256")
      }
    } finally {
      await connection.close()
    }
  })
})

describe.each(DRIVERS.map((driver) => [driver.name, driver] as const))("login over %s", (_, driver) => {
  const base = () => ({ connection: `host=127.0.0.1 port=${servers.main.port} user=u dbname=postgres`, env: { HOME: "/nonexistent" } })

  test("a wrong password under prefer is refused once with TLS and once without, as in libpq, and the error names its source", async () => {
    const error = await refusal(open(driver, { ...base(), password: "S3CRET wrong" }))
    expect(error).toBeInstanceOf(ConnectAttemptsError)
    expect((error as ConnectAttemptsError).attempts.map(({ encryption }) => encryption)).toEqual(["tls", "plain"])
    expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01" })
    expect(error.message).toContain("; password retrieved from the password option")
    expect(error.message).not.toContain("S3CRET")
  })

  test("without a password the error names every source that was tried", async () => {
    const error = await refusal(open(driver, base()))
    expect(error.code).toBe("PGSD_PASSWORD_MISSING")
    expect(error.message).toContain(`no password supplied for user "u" on 127.0.0.1:${servers.main.port}`)
    expect(error.message).toContain('environment variable PGPASSWORD (not set), file "/nonexistent/.pgpass" (not found)')
  })

  test("a provider is called only if the server wants a password", async () => {
    const asked: string[] = []
    const provider = ({ user }: { user: string }) => {
      asked.push(user)
      return PASSWORD
    }
    await (await open(driver, { ...base(), overrides: { user: "trusting" }, password: provider })).close()
    expect(asked).toEqual([])
    await (await open(driver, { ...base(), password: provider })).close()
    expect(asked).toEqual(["u"])
  })

  test("a Unix socket is unencrypted in every mode and needs no certificate", async () => {
    const connection = await open(driver, {
      ...base(),
      overrides: { host: servers.main.socketDirectory!, sslmode: "verify-full" },
      password: PASSWORD,
    })
    expect(connection.info.tls).toBeUndefined()
    await connection.close()
  })
})
