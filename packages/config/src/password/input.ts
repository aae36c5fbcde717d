import type { Secret } from "@pgsd/driver"

/** The ways to say what the password of a database is. Whatever is given here beats PGPASSWORD and the password file. */
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

/** What a provider is asked for: enough to make a token for that server. */
export interface PasswordRequest {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly signal: AbortSignal
}

/** A password that is good until `expiresAt`; it is asked for again a minute earlier. */
export interface ExpiringPassword {
  readonly password: string | Secret
  readonly expiresAt: Date | number
}

/** The first line of a file, such as a container's secret. */
export interface PasswordFile {
  readonly file: string
}

/** A variable of the environment that was passed to the resolver. */
export interface PasswordEnvironment {
  readonly env: string
}

/** What a program prints (`["aws", "rds", "generate-db-auth-token", …]`). It is started without a shell. */
export interface PasswordCommand {
  readonly command: readonly [string, ...string[]]
  /** How long it may take. @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** How long its answer is used again. @default 0, each connection asks */
  readonly ttlMs?: number | undefined
}

/** The operating system's keystore, through the optional peer `@napi-rs/keyring`. */
export interface PasswordKeyring {
  readonly keyring: {
    readonly service: string
    /** @default the user of the connection */
    readonly account?: string | undefined
  }
  /** How long the keystore may take: it may ask the user. @default 30_000 */
  readonly timeoutMs?: number | undefined
}

/** A provider with a deadline and a memory. Concurrent connections share one call. */
export interface CachedPasswordProvider {
  readonly provider: PasswordProvider
  /** What errors call it. @default "password provider" */
  readonly name?: string | undefined
  /** @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** How long an answer without `expiresAt` is used again. @default 0 */
  readonly ttlMs?: number | undefined
}
