import type { PostgresServer } from "./postgres-server.ts"

export function serverUrl(
  server: Pick<PostgresServer, "host" | "port" | "user" | "password" | "database">,
  overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined },
): string {
  const { user = server.user, password = server.password, database = server.database } = overrides
  const host = server.host.includes(":") ? `[${server.host}]` : server.host
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${server.port}/${encodeURIComponent(database)}`
}
