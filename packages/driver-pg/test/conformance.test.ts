import type { Target } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { driverConformance } from "@pgsd/testing"
import { availableVersions, type PostgresServer, type PostgresServerOptions, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, it } from "vitest"

const FULL = process.env.PGSD_TEST_FULL === "1"
/** The laws about chance: in full once, a tenth elsewhere. */
const FEW = { aborts: 30, cuts: 50 }

interface Way {
  readonly name: string
  readonly server: PostgresServerOptions
  readonly overrides?: (server: PostgresServer) => Partial<Target>
}

const [oldest = 18, ...others] = availableVersions()
const newest = others.at(-1) ?? oldest

const WAYS: readonly Way[] = [
  ...[...new Set([oldest, ...others])].map((version) => ({ name: `PostgreSQL ${version}, TCP`, server: { version } })),
  {
    name: "Unix socket",
    server: { version: newest },
    overrides: ({ socketDirectory }) => ({ host: socketDirectory!, address: undefined }),
  },
  { name: "TLS, verified, and SCRAM", server: { version: newest, tls: true } },
]

describe.each(WAYS)("$name", ({ name, server: options, overrides }) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer(options)
  })
  afterAll(() => server?.close())

  driverConformance(
    { describe, it },
    {
      name: "pg",
      driver: pgDriver(),
      target: () => ({ ...server.target(), ...overrides?.(server) }),
      admin: { sql: (text) => server.sql(text) },
      native: (client) => (client as { query(sql: string): Promise<unknown> }).query("SELECT 1"),
      program: { module: new URL("./support/program.ts", import.meta.url), execArgv: ["--conditions=@pgsd/source", "--import=tsx"] },
      ...(FULL || name === `PostgreSQL ${newest}, TCP` ? {} : { rounds: FEW }),
    },
  )
})
