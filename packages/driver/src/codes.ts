/**
 * Codes for what a server, a network or a driver reports. Codes of a package's own errors (a pool's acquire timeout, a configuration error)
 * are in that package's `errors.ts`.
 */
export type DriverErrorCode =
  | "PGSD_AUTH_FAILED" // wrong password, no such role, rejected by pg_hba.conf
  | "PGSD_AUTH_UNSUPPORTED" // the server requests a method that this driver or the settings exclude
  | "PGSD_CONNECTION_CLOSED" // used after close() or destroy()
  | "PGSD_CONNECTION_LOST" // the socket or the server has ended
  | "PGSD_CONNECTION_REFUSED" // nothing listens there
  | "PGSD_CONNECT_TIMEOUT" // the deadline of the attempt passed
  | "PGSD_CONSTRAINT_VIOLATION" // SQLSTATE class 23
  | "PGSD_DATABASE_NOT_FOUND"
  | "PGSD_DEADLOCK" // 40P01: the server broke a deadlock
  | "PGSD_DNS_FAILED" // the name has no address, or the resolver did not respond
  | "PGSD_ENCODING_CHANGED" // client_encoding is no longer UTF8: strings would be corrupted
  | "PGSD_HOST_UNREACHABLE" // no route
  | "PGSD_INVALID_OPTION" // an option that does not exist or is invalid
  | "PGSD_INVALID_PARAMETER" // a query parameter without a PostgreSQL form
  | "PGSD_INVALID_TARGET" // an invalid target, or an invalid setting in it
  | "PGSD_LOCK_TIMEOUT"
  | "PGSD_NOT_POSTGRES" // the peer on that port is not PostgreSQL
  | "PGSD_OUT_OF_RESOURCES" // memory, disk, file descriptors: here or on the server
  | "PGSD_PERMISSION_DENIED"
  | "PGSD_PROTOCOL_VIOLATION" // bytes that the protocol does not allow
  | "PGSD_QUERY_CANCELED" // 57014: statement_timeout or a cancel request
  | "PGSD_QUERY_FAILED" // any other error of a statement
  | "PGSD_READ_ONLY" // 25006: a write on a standby or in a read-only transaction
  | "PGSD_SERIALIZATION_FAILURE" // 40001
  | "PGSD_SERVER_UNVERIFIED" // the server did not prove that it knows the password: it may be another one
  | "PGSD_SERVER_NOT_READY" // 57P03: starting up, shutting down or in recovery
  | "PGSD_SOCKET_DENIED" // no permission for the Unix socket
  | "PGSD_SOCKET_NOT_FOUND" // no Unix socket at that path
  | "PGSD_TLS_FAILED" // the handshake failed
  | "PGSD_TLS_HOSTNAME" // the certificate is of another name
  | "PGSD_TLS_UNSUPPORTED" // the server does not do TLS (answered N)
  | "PGSD_TLS_UNTRUSTED" // the certificate does not verify
  | "PGSD_TOO_MANY_CONNECTIONS"
  | "PGSD_TRANSACTION_FAILED" // 25P02: an earlier statement failed, ROLLBACK first
  | "PGSD_UNKNOWN" // an error that is not recognized; see its cause
  | "PGSD_VALUE_TOO_LARGE" // a value of a result is longer than a JavaScript string can be
  | "PGSD_UNSUPPORTED" // this driver cannot do that; see its `supports`

/** The meaning of a server message. */
export interface ServerMeaning extends Meaning {
  readonly hint?: string | undefined
}

/** The meaning of a code to a program. */
export interface Meaning {
  readonly code: DriverErrorCode
  /** Whether the same attempt may succeed later without a change by the caller. */
  readonly retryable: boolean
}
