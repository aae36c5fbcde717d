import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type ConfigError, parseConnectionString, resolveConnection } from "../src/index.ts"
import { failureOf, rejectionOf } from "./support/failure.ts"
import { sandbox } from "./support/sandbox.ts"

async function refused(connection: string, env: Readonly<Record<string, string>> = {}): Promise<ConfigError> {
  return rejectionOf(resolveConnection({ connection, env: { HOME: "/nonexistent", ...env }, defaultSocketDirectory: "/tmp" }))
}

const ROWS: readonly { input: string; env?: Record<string, string>; lines: readonly string[] }[] = [
  {
    input: "postgres://u:pa/ss@h/db",
    lines: [
      'invalid integer value for connection option "port"',
      "source: connection string",
      'hint: a "/" in the password must be written %2F, an "@" %40 and a ":" in the user name %3A; an IPv6 address is written in brackets',
    ],
  },
  {
    input: "postgres://h/db?schema=x",
    lines: [
      'invalid URI query parameter: "schema"',
      "source: connection string, the name of a query parameter, character 17",
      "hint: Prisma-only; use options=-c%20search_path%3Dx",
    ],
  },
  {
    input: "postgres://u:100%@h",
    lines: [
      "invalid percent-encoded token in the password",
      "source: connection string, the password, character 14",
      "hint: write % as %25",
    ],
  },
  {
    input: "host=h database=x",
    lines: ['invalid connection option "database"', "source: connection string, character 8", 'hint: did you mean "dbname"?'],
  },
  {
    input: "host=h sslmode=no-verify",
    lines: ['invalid sslmode value: "no-verify"', "source: connection string", "hint: sslmode=require encrypts without verifying"],
  },
  {
    input: "host=h",
    env: { PGSSLMODE: "" },
    lines: [
      'invalid sslmode value: ""',
      "source: environment variable PGSSLMODE (set but empty)",
      "hint: one of disable, allow, prefer, require, verify-ca, verify-full",
    ],
  },
  {
    input: "host=a,b,c port=1,2",
    lines: ["could not match 2 port numbers to 3 hosts", "source: connection string", "hint: give one port, or one for each host"],
  },
  {
    input: "host=h sslmode=verify-full",
    lines: [
      'root certificate file "/nonexistent/.postgresql/root.crt" does not exist',
      "source: default",
      "hint: Either provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode to disable server certificate verification.",
    ],
  },
]

describe("every invalid input has libpq's message first, then the place, then the next step", () => {
  test.each(ROWS)("$input", async ({ input, env, lines }) => {
    const error = await refused(input, env)
    expect(error.message.split("\n")).toEqual(lines)
    expect(error.issues).toHaveLength(1)
    expect(error).toMatchObject({ name: "ConfigError", source: lines[1]!.replace("source: ", ""), hint: lines[2]!.replace("hint: ", "") })
  })

  test("an @ in the host part suggests an unencoded password: a warning of the parser, an error before dialling", async () => {
    for (const more of ["", "?hostaddr=127.0.0.1"]) {
      const error = await refused(`postgres://u:p@S3CRET@h/db${more}`)
      expect(error.message.split("\n")[0]).toBe('could not translate host name to address: it contains "@"')
      expect(error.hint).toBe('the host part contains "@"; if it belongs to the password write %40')
      expect(error.message).not.toContain("S3CRET")
    }
    // libpq accepts the text, and so does the parser; an actual other host is fine.
    expect({ ...parseConnectionString("postgres://u:p@ss@h/db") }).toEqual({ user: "u", password: "p", host: "ss@h", dbname: "db" })
    const config = await resolveConnection({ connection: "postgres://u:p@ss@h/db?host=127.0.0.1", env: {} })
    expect(config.warnings.map(({ code }) => code)).toEqual(["HOST_CONTAINS_AT"])
  })

  test("a / in the password that leaves a numeric port turns the rest into a database name: refused, because libpq would show it", async () => {
    const error = await refused("postgres://u:12/S3CRET@h/db")
    expect(error.message.split("\n")[0]).toBe('the database name contains "@"')
    expect(error.message).not.toContain("S3CRET")
    const overruled = await resolveConnection({ connection: "postgres://u:12/S3CRET@h/db", overrides: { dbname: "d" }, env: {} })
    expect(overruled).toMatchObject({ database: "d", hosts: [{ name: "u", port: 12 }] })
  })

  test("an undefined service names the files that were searched", async () => {
    const { directory } = sandbox()
    const error = await refused("service=x", { HOME: directory, PGSYSCONFDIR: "/etc/nowhere" })
    expect(error.code).toBe("PGSD_CONFIG_NOT_FOUND")
    expect(error.message.split("\n")).toEqual([
      'definition of service "x" not found',
      "source: connection string",
      `hint: searched: ${directory}/.pg_service.conf, /etc/nowhere/pg_service.conf`,
    ])
  })

  test("no password: the user, and every source that was tried, in order", async () => {
    const config = await resolveConnection({ connection: "host=h user=u", env: { HOME: "/nonexistent" }, prompt: () => undefined })
    const error = await rejectionOf(config.password(config.hosts[0]!))
    expect(error.code).toBe("PGSD_PASSWORD_MISSING")
    expect(error.message.split("\n")).toEqual([
      'no password supplied for user "u" on h:5432',
      'hint: tried, in this order: environment variable PGPASSWORD (not set), file "/nonexistent/.pgpass" (not found), prompt (gave none)',
    ])
  })

  test("a client key that others can read", async () => {
    const box = sandbox({ key: { content: "x", mode: "0644" } })
    const { writeCertificates } = await import("./support/certificates.ts")
    const { cert } = await writeCertificates(box.directory)
    const key = join(box.directory, "key")
    const error = await refused(`host=h sslmode=require sslcert=${cert} sslkey=${key}`)
    expect(error.message.split("\n")).toEqual([
      `private key file "${key}" has group or world access; file must have permissions u=rw (0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root`,
      "source: connection string",
      `hint: chmod 600 "${key}"`,
    ])
  })
})

test("all invalid values are reported at once, each with its own source", async () => {
  const error = await refused("host=a port=x connect_timeout=soon sslmode=on", { PGCHANNELBINDING: "yes", PGREQUIREAUTH: "md5,!none" })
  expect(error.issues.map(({ key, source }) => `${key}: ${source}`)).toEqual([
    "port: connection string",
    "channel_binding: environment variable PGCHANNELBINDING",
    "require_auth: environment variable PGREQUIREAUTH",
    "sslmode: connection string",
    "connect_timeout: connection string",
  ])
  expect(error.message.split("\n").filter((line) => line.startsWith("source: "))).toHaveLength(5)
})

test("an unknown keyword gets a suggestion, another tool's keyword its translation", () => {
  for (const [text, hint] of [
    ["hots=h", 'did you mean "host"?'],
    ["Host=h", 'did you mean "host"?'],
    ["ssl_mode=require", 'did you mean "sslmode"?'],
    ["applicationName=x", 'did you mean "application_name"?'],
    ["pgbouncer=true", "Prisma-only; remove it: named statements are used only on request"],
    ["statement_timeout=5s", "a setting of the server, not of the connection; use options=-c%20NAME%3DVALUE"],
    ["uselibpqcompat=true", "node-postgres only; remove it: sslmode has libpq's meaning"],
    ["currentSchema=x", "JDBC-only; use options=-c%20search_path%3Dx"],
    ["pool_max_conns=3", "pgx-only; pool settings belong in the pool's options"],
  ])
    expect(failureOf(() => parseConnectionString(text!)).hint, text).toBe(hint)
})

test("what libpq supports and Node does not: refused when requested, accepted at its default", async () => {
  for (const [connection, message] of [
    ["host=h sslcertmode=require", "sslcertmode=require is not supported"],
    ["host=h gssencmode=require", 'gssencmode value "require" invalid when GSSAPI support is not compiled in'],
    ["host=h min_protocol_version=3.2", "min_protocol_version=3.2 is not supported"],
    ["host=h min_protocol_version=latest max_protocol_version=3.0", '"min_protocol_version" is greater than "max_protocol_version"'],
    ["host=/tmp requirepeer=postgres", "requirepeer is not supported on Unix sockets"],
    ["host=h replication=database", "replication connections are not supported"],
    ["host=h sslkeylogfile=/tmp/keys", "sslkeylogfile is not supported"],
    [`host=h scram_client_key=${Buffer.alloc(32).toString("base64")}`, "scram_client_key is not supported"],
    ["host=h scram_server_key=AA==", "invalid SCRAM server key length: 1"],
    ["host=h sslkey=pkcs11:x sslmode=disable", undefined],
    ["host=h requirepeer=postgres replication=off min_protocol_version=3.0 gssencmode=prefer", undefined],
  ] as const) {
    const resolved = resolveConnection({ connection, env: {} })
    if (message === undefined) await expect(resolved).resolves.toBeDefined()
    else expect((await rejectionOf(resolved)).message.split("\n")[0]).toBe(message)
  }
})
