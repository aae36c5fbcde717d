import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PARAMETERS, resolveConnection } from "@pgsd/config"
import type { Driver } from "@pgsd/driver"
import { createConnectionFactory } from "@pgsd/driver/open"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"

let server: PostgresServer
let home: string
beforeAll(async () => {
  server = await postgresServer({ users: [{ name: "u", password: "right" }] })
  home = mkdtempSync(join(tmpdir(), "pgsd-hermetic-"))
  writeFileSync(join(home, ".pgpass"), "*:*:*:*:poison\n", { mode: 0o600 })
  writeFileSync(join(home, ".pg_service.conf"), "[poison]\nhost=poison\n")
  mkdirSync(join(home, ".postgresql"))
  writeFileSync(join(home, ".postgresql", "root.crt"), "poison")
})
afterAll(async () => {
  rmSync(home, { recursive: true, force: true })
  await server.close()
})

/** Every variable that libpq, node-postgres or postgres.js reads, with a value that changes or breaks the session. */
function poison(): Record<string, string> {
  // postgres.js reads a variable for each of its options (src/index.js, parseOptions).
  const ofPostgresJs = [
    "max",
    "ssl",
    "idle_timeout",
    "connect_timeout",
    "max_lifetime",
    "backoff",
    "keep_alive",
    "prepare",
    "debug",
    "fetch_types",
    "publications",
    "target_session_attrs",
    "max_pipeline",
  ]
  return {
    ...Object.fromEntries(PARAMETERS.flatMap(({ env }) => (env === undefined ? [] : [[env, "poison"]]))),
    ...Object.fromEntries(ofPostgresJs.map((name) => [`PG${name.toUpperCase()}`, "3"])),
    PGHOST: "poison.invalid",
    PGHOSTADDR: "192.0.2.1",
    PGPORT: "1",
    PGOPTIONS: "-c search_path=poison -c statement_timeout=1",
    PGSSLMODE: "verify-full",
    PGREQUIRESSL: "1",
    PGTARGETSESSIONATTRS: "standby",
    PGTZ: "Asia/Tokyo",
    PGDATESTYLE: "German",
    PGGEQO: "off",
    PGREPLICATION: "database",
    PGBINARY: "1",
    PGCLIENT_ENCODING: "LATIN1",
    PGUSERNAME: "poison",
    PGKEEPALIVES: "0",
    DATABASE_URL: "postgres://poison:poison@poison.invalid/poison",
    POSTGRES_URL: "postgres://poison:poison@poison.invalid/poison",
    NODE_TLS_REJECT_UNAUTHORIZED: "1",
    USER: "poison",
    HOME: home,
  }
}

let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
})
const restore = () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
}
afterEach(restore)

/** The session's identity, and every setting that came from the client. */
async function session(driver: Driver) {
  const connection = await createConnectionFactory({
    driver,
    connection: await resolveConnection({
      connection: `host=127.0.0.1 port=${server.port} user=u password=right dbname=postgres sslmode=disable`,
      env: {},
    }),
  }).open()
  try {
    const { rows: settings } = await connection.query(
      "SELECT name, setting, source FROM pg_catalog.pg_settings WHERE source IN ('client', 'command line', 'session') ORDER BY name",
    )
    const { rows: place } = await connection.query(
      "SELECT current_user::text AS u, current_database()::text AS d, current_setting('search_path') AS path, current_setting('TimeZone') AS zone, current_setting('is_superuser') AS super",
    )
    const { user, database, port, host, tls } = connection.info
    return { settings, place, info: { user, database, port, host, tls } }
  } finally {
    await connection.close()
  }
}

test.each([
  ["pg", pgDriver()],
  ["postgres", postgresDriver()],
] as const)("with env: {} no variable reaches a session behind our back (%s)", async (_, driver) => {
  const poisoned = poison()
  Object.assign(process.env, poisoned)
  // First, because a driver may read the environment once and cache it.
  const seen = await session(driver)
  // The driver has restored the variables.
  for (const [name, value] of Object.entries(poisoned)) expect(process.env[name], name).toBe(value)
  restore()
  expect(seen).toEqual(await session(driver))
  expect(seen.place).toMatchObject([{ u: "u", d: "postgres", path: '"$user", public', super: "off" }])
})

test("the same variables take effect when they are passed, which proves that they would matter", async () => {
  const config = await resolveConnection({
    env: { PGHOST: "poison.invalid", PGUSER: "poison", PGDATABASE: "poison", PGAPPNAME: "poison", PGOPTIONS: poison().PGOPTIONS },
  })
  expect(config).toMatchObject({
    user: "poison",
    database: "poison",
    hosts: [{ name: "poison.invalid" }],
    session: { applicationName: "poison", options: poison().PGOPTIONS },
  })
})
