import type { Secret } from "@pgsd/driver"

/** A database's password or its source. It overrides PGPASSWORD and the password file. */
export type PasswordInput =
  | string
  | Secret
  | PasswordProvider
  | PasswordFile
  | PasswordEnvironment
  | PasswordCommand
  | PasswordKeyring
  | CachedPasswordProvider

/** Called for each connection that needs a password. */
export type PasswordProvider = (
  request: PasswordRequest,
) => string | Secret | ExpiringPassword | undefined | Promise<string | Secret | ExpiringPassword | undefined>

/** The argument of a provider: the data needed to create a token for the server. */
export interface PasswordRequest {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly signal: AbortSignal
}

/** A password that is valid until `expiresAt`; it is renewed a minute earlier. */
export interface ExpiringPassword {
  readonly password: string | Secret
  readonly expiresAt: Date | number
}

/** The first line of a file, such as a container's secret. */
export interface PasswordFile {
  readonly file: string
}

/** An environment variable passed to the resolver. */
export interface PasswordEnvironment {
  readonly env: string
}

/** The output of a program (`["aws", "rds", "generate-db-auth-token", …]`), started without a shell. */
export interface PasswordCommand {
  readonly command: readonly [string, ...string[]]
  /** Its timeout. @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** How long its result is reused. @default 0, it runs for each connection */
  readonly ttlMs?: number | undefined
}

/** The operating system's keystore, through the optional peer `@napi-rs/keyring`. */
export interface PasswordKeyring {
  readonly keyring: {
    readonly service: string
    /** @default the user of the connection */
    readonly account?: string | undefined
  }
  /** Timeout; the keystore may prompt the user. @default 30_000 */
  readonly timeoutMs?: number | undefined
}

/** A provider with a timeout and a cache. Concurrent connections share one call. */
export interface CachedPasswordProvider {
  readonly provider: PasswordProvider
  /** Its name in errors. @default "password provider" */
  readonly name?: string | undefined
  /** @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** How long a result without `expiresAt` is reused. @default 0 */
  readonly ttlMs?: number | undefined
}
