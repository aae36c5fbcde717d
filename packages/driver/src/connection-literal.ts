import { type ConnectionConfig, type ConnectionLiteral, type Host, SSL_METHODS, type SslMode } from "./connection-config.ts"
import { PgsdError, unreadable } from "./errors.ts"
import { isSocketDirectory } from "./hosts.ts"
import { refuseUnknownOptions } from "./options.ts"
import { secret } from "./secret.ts"

const LITERAL_KEYS = [
  "host",
  "port",
  "user",
  "database",
  "password",
  "applicationName",
  "sslMode",
  "ca",
  "connectTimeoutMs",
  "label",
] as const satisfies readonly (keyof ConnectionLiteral)[]

/** True for the result of @pgsd/config, false for a literal. */
function isConnectionConfig(connection: ConnectionConfig | ConnectionLiteral): connection is ConnectionConfig {
  return "hosts" in connection
}

/** Resolves either form; libpq's defaults complete a literal. */
export function toConnectionConfig(connection: ConnectionConfig | ConnectionLiteral): ConnectionConfig {
  if (typeof connection !== "object" || connection === null)
    throw new PgsdError("PGSD_INVALID_TARGET", "a connection must be an object; a connection string goes through @pgsd/config")
  try {
    if (!isConnectionConfig(connection)) return fromLiteral(connection)
  } catch (error) {
    throw unreadable("PGSD_INVALID_OPTION", "the connection", error)
  }
  if (connection.hosts.length === 0) throw new PgsdError("PGSD_INVALID_TARGET", "a connection needs at least one host")
  return connection
}

function fromLiteral(literal: ConnectionLiteral): ConnectionConfig {
  refuseUnknownOptions("setting of a connection", literal, LITERAL_KEYS)
  requireText("host", literal.host)
  requireText("user", literal.user)
  for (const name of ["host", "user", "database"] as const) refuseConnectionString(name, literal[name])
  const port = literal.port ?? 5432
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new PgsdError("PGSD_INVALID_TARGET", "port must be an integer from 1 to 65535")
  const mode = literal.sslMode ?? "prefer"
  if (!Object.hasOwn(SSL_METHODS, mode))
    throw new PgsdError("PGSD_INVALID_TARGET", `sslMode must be one of ${Object.keys(SSL_METHODS).join(", ")}`)
  const { password } = literal
  return {
    hosts: [hostOf(literal.host, port)],
    user: literal.user,
    database: literal.database ?? literal.user,
    tls: tlsOf(mode, literal.ca),
    session: { ...(literal.applicationName !== undefined && { applicationName: literal.applicationName }), settings: {} },
    auth: { channelBinding: "prefer" },
    ...(literal.connectTimeoutMs !== undefined && { connectTimeoutMs: literal.connectTimeoutMs }),
    keepAlive: { enabled: true },
    targetSessionAttrs: "any",
    loadBalanceHosts: false,
    password: async (_host, options) => {
      const value = typeof password === "function" ? await password({ signal: options?.signal }) : password
      return value === undefined ? undefined : secret(value)
    },
    sources: {},
    warnings: [],
    ...(literal.label !== undefined && { label: literal.label }),
  }
}

function hostOf(host: string, port: number): Host {
  return isSocketDirectory(host)
    ? { kind: "unix", directory: host, port, path: `${host}/.s.PGSQL.${port}` }
    : { kind: "tcp", name: host, port }
}

function tlsOf(mode: SslMode, ca: readonly string[] | undefined): ConnectionConfig["tls"] {
  const verifies = mode === "verify-ca" || mode === "verify-full"
  if (verifies && (ca === undefined || ca.length === 0))
    throw new PgsdError("PGSD_INVALID_TARGET", `sslMode "${mode}" needs the trusted root certificate as ca`, {
      hint: 'read it from a file, or use @pgsd/config with sslrootcert (a file, or "system")',
    })
  return {
    mode,
    methods: SSL_METHODS[mode],
    negotiation: "postgres",
    sni: true,
    // As in libpq: with a root certificate every mode verifies the chain, and prefer falls back if that fails.
    verify: mode === "verify-full" ? "full" : ca === undefined || ca.length === 0 ? "none" : "ca",
    ...(ca !== undefined && { roots: { from: "ca", pem: ca } }),
  }
}

// Errors and diagnostics show a connection's host, user and database, and would show the password in it.
function refuseConnectionString(name: string, value: unknown): void {
  if (typeof value === "string" && /^\s*postgres(ql)?:\/\/|\bpassword\s*=/i.test(value))
    throw new PgsdError("PGSD_INVALID_TARGET", `the ${name} of a connection is a connection string`, {
      hint: "read it with resolveConnection() of @pgsd/config, and pass what that gives as the connection",
    })
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw new PgsdError("PGSD_INVALID_TARGET", `a connection needs ${name}, a non-empty string`)
}
