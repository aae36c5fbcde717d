import { DatabaseConnectionError, type Target } from "@pgsd/driver"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

const PASSWORD = "correct horse battery"
/** SASLprep turns it into "pass word IX": a no-break space, a soft hyphen, a Roman numeral. */
const UNPREPARED = "pass\u00a0word\u00ad \u2168"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({
    tls: true,
    users: [
      { name: "by_scram", password: PASSWORD },
      { name: "by_password", password: PASSWORD },
      { name: "by_trust" },
      { name: "by_tls", password: PASSWORD },
      { name: "prepared", password: "pass word IX" },
    ],
    hba: [
      "host all by_scram all scram-sha-256",
      "host all by_md5 all md5",
      "host all by_password all password",
      "host all by_trust all trust",
      "hostssl all by_tls all scram-sha-256",
      "host all prepared all scram-sha-256",
      "host all rejected all reject",
    ],
  })
  await server.sql(`SET password_encryption = 'md5'; CREATE ROLE by_md5 LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE rejected LOGIN`)
})
afterAll(() => server?.close())

const plain = { encryption: "plain" } as const
const bound = { auth: { channelBinding: "require" } } as const
const unbound = { auth: { channelBinding: "disable" } } as const

describe.each(DRIVERS)("authentication over $name", async ({ name, load, bindsChannels }) => {
  const driver = await load()
  const scramOverTls = bindsChannels ? "scram-sha-256-plus" : "scram-sha-256"

  async function method(user: string, overrides: Partial<Target> = {}): Promise<string> {
    const connection = await driver.connect({ ...server.target(), user, password: PASSWORD, database: "postgres", ...overrides })
    const { rows } = await connection.query("SELECT current_user AS me")
    expect(rows).toEqual([{ me: user }])
    await connection.close()
    return connection.info.authentication
  }

  async function refusal(user: string, overrides: Partial<Target> = {}): Promise<DatabaseConnectionError> {
    const error: unknown = await method(user, overrides).catch((thrown: unknown) => thrown)
    if (error instanceof DatabaseConnectionError) return error
    throw new Error(`expected a refusal, got ${error}`)
  }

  describe("each method, without and with TLS", () => {
    test.each([
      ["by_scram", plain, "scram-sha-256"],
      ["by_scram", {}, scramOverTls],
      ...(bindsChannels ? ([["by_scram", bound, scramOverTls]] as const) : []),
      ["by_scram", unbound, "scram-sha-256"],
      ["by_md5", plain, "md5"],
      ["by_md5", {}, "md5"],
      ["by_password", {}, "password"],
      ["by_trust", { password: undefined }, "trust"],
      ["prepared", { password: UNPREPARED }, scramOverTls],
      ["prepared", { password: UNPREPARED, ...plain }, "scram-sha-256"],
    ] as const)("%s %j is %s", async (user, overrides, expected) => {
      expect(await method(user, overrides)).toBe(expected)
    })
  })

  describe("a refusal names what was refused", () => {
    test.each([
      ["by_scram", { password: "wrong", ...plain }, "PGSD_AUTH_FAILED", "auth", "28P01"],
      ["by_scram", { password: "wrong" }, "PGSD_AUTH_FAILED", "auth", "28P01"],
      ["by_md5", { password: "wrong" }, "PGSD_AUTH_FAILED", "auth", "28P01"],
      ["nobody", {}, "PGSD_AUTH_FAILED", "auth", "28000"],
      ["rejected", {}, "PGSD_AUTH_FAILED", "auth", "28000"],
      ["by_tls", plain, "PGSD_AUTH_FAILED", "auth", "28000"],
      ["by_scram", { database: "missing" }, "PGSD_DATABASE_NOT_FOUND", "ready", "3D000"],
      ["by_scram", { password: undefined }, "PGSD_AUTH_FAILED", "auth", undefined],
      ["by_password", { auth: { requireAuth: { kind: "allow", methods: ["scram-sha-256"] } } }, "PGSD_AUTH_UNSUPPORTED", "auth", undefined],
      ["by_md5", bound, "PGSD_AUTH_UNSUPPORTED", "auth", undefined],
      ["by_scram", { ...bound, ...plain }, "PGSD_AUTH_UNSUPPORTED", "auth", undefined],
      ...(bindsChannels ? [] : ([["by_scram", bound, "PGSD_AUTH_UNSUPPORTED", "auth", undefined]] as const)),
    ] as const)("%s %j: %s", async (user, overrides, code, phase, sqlState) => {
      const error = await refusal(user, overrides)
      expect({ code: error.code, phase: error.phase, sqlState: error.sqlState }).toEqual({ code, phase, sqlState })
      expect(error).toMatchObject({ driver: name, user, retryable: false })
    })
  })
})
