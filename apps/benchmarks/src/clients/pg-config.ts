import type pg from "pg"
import type { ClientOptions } from "./client.ts"

/** Where pg connects to. */
export function pgConfig({ host, port, user, password, database, tls, applicationName }: ClientOptions): pg.ClientConfig {
  const ssl = tls === true && { rejectUnauthorized: false }
  return { host, port, user, password, database, ssl, application_name: applicationName }
}
