import { DatabaseConnectionError, type PgsdError } from "../errors.ts"

/** Where the search continues after a failed attempt. */
export type Verdict = "next-method" | "next-address" | "next-host" | "stop"

/**
 * libpq's rules (fe-connect.c, PQconnectPoll), based only on phase and code: no connection or no response in time → the next address; 57P03
 * and a mismatch of the session → the next host; any failure between the TLS negotiation and the end of authentication → the other
 * encryption method, or the end of the search.
 *
 * With one exception: after a connection that closes without a message, the search continues with the next address, where libpq stops. A
 * load balancer without a backend does that, and it says nothing about the credentials.
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
