import type { AuthenticationMethod, PgsdError, TlsInfo } from "@pgsd/driver"
import type { Finding } from "../finding.ts"
import type { CheckPermissionsOptions, PermissionReport, ReadOnlyState } from "../permissions/permission-report.ts"
import type { ServerFlavour, ServerSupport, ServerVersion } from "../version/server-version.ts"

export interface PreflightOptions extends CheckPermissionsOptions {
  /** A connection that is not encrypted, or whose certificate was not verified, fails instead of warning. @default false */
  readonly requireVerifiedTls?: boolean | undefined
  /** Timeout for connecting and examining together, in ms; at the timeout the report contains what is known. @default 30_000 */
  readonly timeoutMs?: number | undefined
  /** Continues with an engine or version that would be rejected. @default false */
  readonly allowUnsupported?: boolean | undefined
}

/** A report on the server before work starts, from connecting and at most two round trips. Never contains a secret. */
export interface PreflightReport {
  /** Whether there is no finding of level `fail`. */
  readonly ok: boolean
  /** The database's name in errors and diagnostics. */
  readonly label: string
  /** Whether a session was opened. If not, `error` says why, and only `findings` is known. */
  readonly reachable: boolean
  readonly error?: PgsdError
  /** In the order of the checks. */
  readonly findings: readonly Finding[]
  readonly connection?: PreflightConnection
  readonly version?: ServerVersion
  readonly flavour?: ServerFlavour
  readonly support?: ServerSupport
  readonly identity?: DatabaseIdentity
  readonly readOnly?: ReadOnlyState
  readonly timeouts?: TimeoutsInForce
  readonly capacity?: ServerCapacity
  readonly permissions?: PermissionReport
  /** Total duration, in ms. */
  readonly durationMs: number
}

export interface PreflightConnection {
  readonly driver?: string
  readonly host?: string
  readonly address?: string
  readonly port?: number
  readonly user: string
  readonly database: string
  readonly authentication: AuthenticationMethod
  readonly tls?: TlsInfo
  /** How far the server's certificate was verified: not, its chain, or chain and name. Absent if unknown. */
  readonly tlsVerified?: "none" | "ca" | "full"
  readonly connectTimeMs: number
  /** One round trip with almost no work for the server, in ms; absent if no query succeeded. */
  readonly latencyMs?: number
}

/** Equal values on both sides mean the same database. */
export interface DatabaseIdentity {
  /** pg_control_system().system_identifier; absent without the privilege to read it. */
  readonly systemIdentifier?: string
  readonly databaseOid: number
  readonly database: string
}

/** As printed by the server; "0" is none. */
export interface TimeoutsInForce {
  readonly statementTimeout: string
  readonly lockTimeout: string
  readonly idleInTransactionSessionTimeout: string
}

export interface ServerCapacity {
  readonly maxConnections: number
  readonly reservedConnections: number
  /** CONNECTION LIMIT of the role and the database; -1 is none. */
  readonly roleLimit: number
  readonly databaseLimit: number
}
