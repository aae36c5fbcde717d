import { readFileSync } from "node:fs"

/** The certificate of the server, by the names in it. */
export const CERTIFICATES = {
  ssl: { cn: "pg.test", names: ["pg.test"] },
  hba: { cn: "pg.test", names: ["pg.test"] },
  ip: { cn: "server", names: ["127.0.0.1", "::1"] },
  local: { cn: "localhost", names: ["localhost"] },
  cn: { cn: "cn.test", names: [] },
  wild: { cn: "server", names: ["*.wild.test"] },
  cnip: { cn: "127.0.0.1", names: ["other"] },
  part: { cn: "server", names: ["f*.example.test"] },
  two: { cn: "server", names: ["*.test"] },
  ipcn: { cn: "pg.test", names: ["1.2.3.4"] },
  expired: { cn: "pg.test", names: ["pg.test"], expired: true },
} as const

export type ServerName = keyof typeof CERTIFICATES | "off" | "old"

/** One connection and its outcome; libpq's keywords, with symbols that {@link file://./material.ts} turns into paths. */
export interface TlsCase {
  readonly id: string
  readonly server: ServerName
  readonly host?: string | null
  readonly hostaddr?: string
  readonly sslmode?: string | null
  /** `ca`, `wrong-ca`, `missing`, `garbage`, `system`; with `~` as the default file of the home directory. */
  readonly sslrootcert?: string | null
  readonly sslnegotiation?: string
  readonly channel_binding?: string
  readonly require_auth?: string
  readonly ssl_min_protocol_version?: string
  readonly ssl_max_protocol_version?: string
  readonly dbname?: string
  readonly user?: string
  readonly sslcert?: string
  readonly sslkey?: string
  readonly sslpassword?: string
  readonly sslcertmode?: string
  readonly sslcrl?: string
  readonly sslcrldir?: string
  /** The outcome in libpq. */
  readonly expect?: { readonly ok: true; readonly encrypted: boolean }
  /** Part of libpq's message. */
  readonly error?: string
  /** Of our error, where it is not a ConfigError. */
  readonly code?: string
  /** How the server authenticated us. */
  readonly authentication?: string
  readonly protocol?: string
  /** Where postgres.js differs: its message. */
  readonly postgres?: string
}

/** Cases that psql 18 passed on real servers. */
export const VERIFIED: readonly TlsCase[] = (
  JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8")) as { cases: TlsCase[] }
).cases

const ok = (encrypted: boolean) => ({ expect: { ok: true, encrypted } }) as const
const plus = "scram-sha-256-plus"

/** The rest of the matrix, by the rules in fe-connect.c and fe-secure-openssl.c. */
export const MORE: readonly TlsCase[] = [
  // A server without TLS.
  { id: "off, disable", server: "off", host: "pg.test", sslmode: "disable", ...ok(false) },
  { id: "off, allow", server: "off", host: "pg.test", sslmode: "allow", ...ok(false) },
  { id: "off, prefer", server: "off", host: "pg.test", sslmode: "prefer", ...ok(false) },
  { id: "off, require", server: "off", host: "pg.test", sslmode: "require", code: "PGSD_TLS_UNSUPPORTED", error: "does not support TLS" },
  {
    id: "off, verify-full",
    server: "off",
    host: "pg.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    code: "PGSD_TLS_UNSUPPORTED",
    error: "does not support TLS",
  },
  // Names.
  { id: "ip, by address", server: "ip", host: "127.0.0.1", sslmode: "verify-full", sslrootcert: "ca", ...ok(true) },
  {
    id: "name with hostaddr",
    server: "ssl",
    host: "pg.test",
    hostaddr: "127.0.0.1",
    sslmode: "verify-full",
    sslrootcert: "ca",
    ...ok(true),
  },
  { id: "common name", server: "cn", host: "cn.test", sslmode: "verify-full", sslrootcert: "ca", ...ok(true) },
  {
    id: "wildcard, two labels deep",
    server: "wild",
    host: "a.b.wild.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    code: "PGSD_TLS_HOSTNAME",
    error: 'does not match host name "a.b.wild.test"',
  },
  {
    id: "wildcard within a label",
    server: "part",
    host: "foo.example.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    code: "PGSD_TLS_HOSTNAME",
    error: "does not match host name",
  },
  {
    id: "trailing dot",
    server: "ssl",
    host: "pg.test.",
    sslmode: "verify-full",
    sslrootcert: "ca",
    code: "PGSD_TLS_HOSTNAME",
    error: 'does not match host name "pg.test."',
  },
  { id: "other name, verify-ca", server: "ssl", host: "other.test", sslmode: "verify-ca", sslrootcert: "ca", ...ok(true) },
  // Certificates.
  { id: "expired, require", server: "expired", host: "pg.test", sslmode: "require", ...ok(true) },
  {
    id: "expired, verify-ca",
    server: "expired",
    host: "pg.test",
    sslmode: "verify-ca",
    sslrootcert: "ca",
    code: "PGSD_TLS_UNTRUSTED",
    error: "certificate",
  },
  { id: "root in the home directory", server: "ssl", host: "pg.test", sslmode: "verify-full", sslrootcert: "~ca", ...ok(true) },
  {
    id: "revoked, in a folder",
    server: "ssl",
    host: "pg.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    sslcrldir: "revokes server cert",
    code: "PGSD_TLS_UNTRUSTED",
    error: "certificate",
  },
  {
    id: "a list without this certificate",
    server: "ssl",
    host: "pg.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    sslcrl: "empty",
    ...ok(true),
  },
  {
    id: "certificate of a stranger",
    server: "hba",
    host: "pg.test",
    sslmode: "require",
    dbname: "certdb",
    sslcert: "untrusted",
    sslkey: "untrusted",
    error: "alert unknown ca",
    code: "PGSD_TLS_FAILED",
  },
  // pg_hba.conf.
  { id: "nossl, prefer", server: "hba", host: "127.0.0.1", sslmode: "prefer", dbname: "nossl", ...ok(false) },
  { id: "nossl, allow", server: "hba", host: "127.0.0.1", sslmode: "allow", dbname: "nossl", ...ok(false) },
  { id: "nossl, disable", server: "hba", host: "127.0.0.1", sslmode: "disable", dbname: "nossl", ...ok(false) },
  {
    id: "nossl, require",
    server: "hba",
    host: "127.0.0.1",
    sslmode: "require",
    dbname: "nossl",
    code: "PGSD_AUTH_FAILED",
    error: "pg_hba.conf rejects connection",
  },
  // Direct TLS, and versions.
  {
    id: "direct, verified",
    server: "ssl",
    host: "pg.test",
    sslmode: "verify-full",
    sslrootcert: "ca",
    sslnegotiation: "direct",
    ...ok(true),
  },
  {
    id: "direct, old server",
    server: "old",
    host: "127.0.0.1",
    sslmode: "require",
    sslnegotiation: "direct",
    code: "PGSD_TLS_UNSUPPORTED",
    error: "direct",
  },
  { id: "old server", server: "old", host: "127.0.0.1", sslmode: "require", ...ok(true) },
  {
    id: "at most 1.2",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    ssl_max_protocol_version: "TLSv1.2",
    protocol: "TLSv1.2",
    ...ok(true),
  },
  {
    id: "at least 1.3",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    ssl_min_protocol_version: "tlsv1.3",
    protocol: "TLSv1.3",
    ...ok(true),
  },
  // Authentication.
  { id: "binding by default", server: "ssl", host: "pg.test", sslmode: "require", authentication: plus, ...ok(true) },
  {
    id: "binding disabled",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    channel_binding: "disable",
    authentication: "scram-sha-256",
    ...ok(true),
  },
  {
    id: "binding required, no TLS",
    server: "ssl",
    host: "pg.test",
    sslmode: "disable",
    channel_binding: "require",
    code: "PGSD_AUTH_UNSUPPORTED",
    error: "channel binding",
  },
  {
    id: "binding required, trust",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    user: "trusting",
    channel_binding: "require",
    code: "PGSD_AUTH_UNSUPPORTED",
    error: "channel binding",
  },
  { id: "require_auth met", server: "ssl", host: "pg.test", sslmode: "require", require_auth: "scram-sha-256", ...ok(true) },
  {
    id: "require_auth not met",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    require_auth: "md5,password",
    code: "PGSD_AUTH_UNSUPPORTED",
    error: "require_auth",
  },
  {
    id: "require_auth=none, trust",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    user: "trusting",
    require_auth: "none",
    authentication: "trust",
    ...ok(true),
  },
  {
    id: "require_auth=!none, trust",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    user: "trusting",
    require_auth: "!none",
    code: "PGSD_AUTH_UNSUPPORTED",
    error: "require_auth",
  },
  { id: "cleartext password", server: "ssl", host: "pg.test", sslmode: "require", user: "clear", authentication: "password", ...ok(true) },
  {
    id: "require_auth=!password",
    server: "ssl",
    host: "pg.test",
    sslmode: "require",
    user: "clear",
    require_auth: "!password",
    code: "PGSD_AUTH_UNSUPPORTED",
    error: "require_auth",
  },
]
