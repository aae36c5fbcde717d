import { DatabaseConnectionError, type PgsdError } from "../errors.ts"

/** Where the search goes after a failed attempt. */
export type Verdict = "next-method" | "next-address" | "next-host" | "stop"

/**
 * libpq's rules (fe-connect.c, PQconnectPoll), by phase and code alone:
 * no connection or no answer in time → the next address; 57P03 and an unfit session → the next host; anything that fails
 * between the TLS negotiation and the end of authentication → the other encryption method, else the search is over.
 *
 * One rule is ours: a connection that closes without a message continues with the next address, where libpq stops. A
 * balancer without a backend does that, and it says nothing about our credentials.
 */
export function verdictOn(error: PgsdError): Verdict {
  const phase = error instanceof DatabaseConnectionError ? error.phase : undefined
  if (error.code === "PGSD_CONNECT_TIMEOUT") return "next-address"
  if (phase === "dns" || phase === "session" || error.code === "PGSD_SERVER_NOT_READY") return "next-host"
  if (phase === "tcp") return "next-address"
  if (phase === "tls") return "next-method"
  if (error.code === "PGSD_CONNECTION_LOST" && error.sqlState === undefined) return "next-address"
  if (phase === "startup" || phase === "auth") return "next-method"
  return "stop"
}
