import { type ConnectionLiteral, hostAndPort, type Target } from "@pgsd/driver"
import type { PostgresServer } from "./postgres-server.ts"

export function serverUrl(
  server: Pick<PostgresServer, "host" | "port" | "user" | "password" | "database" | "tls">,
  overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined },
): string {
  const { user = server.user, password = server.password, database = server.database } = overrides
  const tls = server.tls === undefined ? "" : `?sslmode=verify-full&sslrootcert=${encodeURIComponent(server.tls.caFile)}`
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hostAndPort(server.host, server.port)}/${encodeURIComponent(database)}${tls}`
}

/** The same target as a literal for a pool. */
export function asConnection({ host, port, user, database, password, encryption = "plain", tls }: Target): ConnectionLiteral {
  const sslMode = encryption === "plain" ? "disable" : SSL_MODES[tls?.verify ?? "full"]
  return { host, port, user, database, password, sslMode, ...(tls?.ca !== undefined && { ca: tls.ca }) }
}

const SSL_MODES = { none: "require", ca: "verify-ca", full: "verify-full" } as const

export function serverTarget(
  server: Pick<PostgresServer, "host" | "port" | "user" | "password" | "database" | "tls">,
  overrides: Partial<Target>,
): Target {
  const { host, port, user, password, database } = server
  const tls = server.tls === undefined ? {} : { encryption: "tls" as const, tls: { verify: "full" as const, ca: [server.tls.ca] } }
  return { host, port, user, password, database, ...tls, ...overrides }
}
