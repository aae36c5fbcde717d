import type { Target } from "@pgsd/driver"
import type { PostgresServer } from "./postgres-server.ts"

export function serverUrl(
  server: Pick<PostgresServer, "host" | "port" | "user" | "password" | "database" | "tls">,
  overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined },
): string {
  const { user = server.user, password = server.password, database = server.database } = overrides
  const host = server.host.includes(":") ? `[${server.host}]` : server.host
  const tls = server.tls === undefined ? "" : `?sslmode=verify-full&sslrootcert=${encodeURIComponent(server.tls.caFile)}`
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${server.port}/${encodeURIComponent(database)}${tls}`
}

export function serverTarget(
  server: Pick<PostgresServer, "host" | "port" | "user" | "password" | "database" | "tls">,
  overrides: Partial<Target>,
): Target {
  const { host, port, user, password, database } = server
  const tls = server.tls === undefined ? {} : { encryption: "tls" as const, tls: { verify: "full" as const, ca: [server.tls.ca] } }
  return { host, port, user, password, database, ...tls, ...overrides }
}
