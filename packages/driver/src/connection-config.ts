import type { Secret } from "./secret.ts"
import type { AuthRule, KeepAlive, PasswordSource, Target, TlsVersion } from "./target.ts"

/**
 * The resolved settings of one database, as libpq would use them: hosts, the encryption methods to try on each, session requirements.
 * Produced by `@pgsd/config`, consumed by the ConnectionFactory.
 */
export interface ConnectionConfig {
  /** In the given order; the factory shuffles them for `loadBalanceHosts`. Never empty. */
  readonly hosts: readonly Host[]
  readonly user: string
  readonly database: string
  readonly tls: ConnectionTls
  readonly session: SessionSettings
  readonly auth: { readonly channelBinding: "disable" | "prefer" | "require"; readonly requireAuth?: AuthRule | undefined }
  /** Timeout per address, in ms; undefined means no limit in libpq (the factory has its own default). */
  readonly connectTimeoutMs?: number | undefined
  readonly keepAlive: KeepAlive
  /** {@link Target.maxProtocolVersion} */
  readonly maxProtocolVersion?: Target["maxProtocolVersion"]
  readonly targetSessionAttrs: TargetSessionAttrs
  readonly loadBalanceHosts: boolean
  /**
   * Per host, because the password file is. Called for each attempt whose server requests a password. Without one it resolves to undefined,
   * or rejects with an error that lists the sources tried. `fresh` calls a provider again instead of using its cached result: for the
   * single retry after the server rejected the password.
   */
  readonly password: (
    host: Host,
    options?: { signal?: AbortSignal | undefined; fresh?: boolean | undefined },
  ) => Promise<Secret | undefined>
  /** The last result of {@link password} for that host: for "no password supplied" and "password authentication failed". */
  readonly passwordReport?: ((host: Host) => PasswordReport) | undefined
  /** The source of each value, by libpq keyword: `"environment variable PGHOST"`. */
  readonly sources: Readonly<Record<string, string>>
  readonly warnings: readonly ConnectionWarning[]
  /** The label in errors and diagnostics. @default `host:port/database` */
  readonly label?: string | undefined
}

/** The source of a password, without the password. */
export interface PasswordReport {
  /** `file "/home/u/.pgpass"`, as in libpq's "password retrieved from …"; undefined if no source had one. */
  readonly from?: string | undefined
  /** The sources without a password, in the order tried, each with the reason: `environment variable PGPASSWORD (not set)`. */
  readonly tried: readonly string[]
}

/** `name` is verified by TLS and used to search the password file; `address`, if given, is dialled. At least one of them is set. */
export type Host =
  | { readonly kind: "tcp"; readonly name?: string | undefined; readonly address?: string | undefined; readonly port: number }
  | { readonly kind: "unix"; readonly directory: string; readonly port: number; readonly path: string }

export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full"

/** The encryption methods for a TCP host, in order (fe-connect.c, select_next_encryption_method); a Unix socket is plain in every mode. */
export const SSL_METHODS: Readonly<Record<SslMode, ConnectionTls["methods"]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
}

export type TargetSessionAttrs = "any" | "read-write" | "read-only" | "primary" | "standby" | "prefer-standby"

export interface ConnectionTls {
  readonly mode: SslMode
  /** The methods in order, for a TCP host; a Unix socket always has `["plain"]`. */
  readonly methods: readonly ("plain" | "tls")[]
  readonly negotiation: "postgres" | "direct"
  readonly sni: boolean
  readonly verify: "none" | "ca" | "full"
  /** `from` is the file, or `"system"`. */
  readonly roots?: { readonly from: string; readonly pem: readonly string[] } | undefined
  readonly crl?: readonly string[] | undefined
  readonly cert?: string | undefined
  /** Decrypted PEM. */
  readonly key?: Secret | undefined
  readonly minVersion?: TlsVersion | undefined
  readonly maxVersion?: TlsVersion | undefined
}

export interface SessionSettings {
  readonly applicationName?: string | undefined
  /** libpq's options: `-c name=value …`, sent in the startup packet. */
  readonly options?: string | undefined
  /** Other startup settings from libpq's environment variables: TimeZone, DateStyle, geqo. */
  readonly settings: Readonly<Record<string, string>>
}

export interface ConnectionWarning {
  readonly code: string
  readonly message: string
}

/** A connection written as a literal: libpq's defaults apply to the rest (port 5432, sslmode prefer). */
export interface ConnectionLiteral {
  readonly host: string
  /** @default 5432 */
  readonly port?: number | undefined
  readonly user: string
  /** @default the user's name */
  readonly database?: string | undefined
  readonly password?: PasswordSource | undefined
  readonly applicationName?: string | undefined
  /**
   * `"disable"`, `"prefer"` and `"require"` need nothing else; to verify the certificate pass `tls`, or resolve with @pgsd/config.
   * @default "prefer"
   */
  readonly sslMode?: SslMode | undefined
  /** Trusted roots as PEM, for verify-ca and verify-full. */
  readonly ca?: readonly string[] | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly label?: string | undefined
}
