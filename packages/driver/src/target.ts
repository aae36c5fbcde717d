import type { Secret } from "./secret.ts"

/** A password, or a function that returns one. A provider is called once per attempt, and only if the server requests a password. */
export type PasswordSource =
  | string
  | Secret
  | ((options: { signal?: AbortSignal | undefined }) => string | Secret | undefined | Promise<string | Secret | undefined>)

/**
 * One attempt, as plain data: one host, one encryption method, one deadline. Lists of hosts and fallbacks are
 * {@link ConnectionConfig}'s; the connection factory turns them into targets.
 */
export interface Target {
  /** A name, an IP address, or the directory of a Unix socket (starts with `/`, or with `@` for the abstract namespace), as in libpq. */
  readonly host: string
  /** Dials this IP address instead of resolving `host`, which TLS still verifies (libpq's hostaddr). */
  readonly address?: string | undefined
  /** @default 5432 */
  readonly port?: number | undefined
  readonly user: string
  /** @default the user's name, as in libpq */
  readonly database?: string | undefined
  readonly password?: PasswordSource | undefined
  /** Ignored on a Unix socket, which is never encrypted, as in libpq. @default "plain" */
  readonly encryption?: "plain" | "tls" | undefined
  readonly tls?: TlsSettings | undefined
  readonly auth?: AuthSettings | undefined
  /** Settings of the startup packet, e.g. `{ application_name: "report" }`. Poolers refuse most others. */
  readonly startup?: Readonly<Record<string, string>> | undefined
  /** DNS, TCP, TLS, startup and authentication together, in ms. @default 10_000 */
  readonly connectTimeoutMs?: number | undefined
  readonly keepAlive?: KeepAlive | undefined
  /** The newest version of the protocol to ask for: old poolers fail on 3.2. @default the newest that the driver speaks */
  readonly maxProtocolVersion?: "3.0" | "3.2" | undefined
  /** Its name in errors and diagnostics. @default `host:port/database` */
  readonly label?: string | undefined
}

export interface TlsSettings {
  /** `"direct"` starts with TLS (PostgreSQL 17 and newer); `"postgres"` sends SSLRequest first. @default "postgres" */
  readonly negotiation?: "postgres" | "direct" | undefined
  /** `"none"`: encrypt only; `"ca"`: the chain; `"full"`: the chain and libpq's rule for the host name. @default "full" */
  readonly verify?: "none" | "ca" | "full" | undefined
  /** Trusted roots as PEM. Required unless `verify` is `"none"`: there is no default list, as in libpq. */
  readonly ca?: readonly string[] | undefined
  /** Certificate revocation lists as PEM. */
  readonly crl?: readonly string[] | undefined
  /** Client certificate as PEM. */
  readonly cert?: string | undefined
  /** Its key as PEM. */
  readonly key?: string | Secret | undefined
  /** The key's passphrase. */
  readonly passphrase?: string | Secret | undefined
  /** Sends the host name in the handshake (never an IP address). @default true */
  readonly sni?: boolean | undefined
  /** @default "TLSv1.2", as in libpq */
  readonly minVersion?: TlsVersion | undefined
  readonly maxVersion?: TlsVersion | undefined
}

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3"

export interface AuthSettings {
  /** libpq's channel_binding. `"require"` fails on a driver whose `supports.channelBinding` is false. @default "prefer" */
  readonly channelBinding?: "disable" | "prefer" | "require" | undefined
  /** libpq's require_auth: the methods the server may request. @default any */
  readonly requireAuth?: AuthRule | undefined
}

/** The methods of libpq's require_auth. `"none"` is a server that requests no authentication. */
export type AuthRuleMethod = "password" | "md5" | "gss" | "sspi" | "scram-sha-256" | "oauth" | "none"

export interface AuthRule {
  readonly kind: "allow" | "deny"
  readonly methods: readonly AuthRuleMethod[]
}

export interface KeepAlive {
  readonly enabled: boolean
  /** Idle time before the first probe, in ms. @default the operating system's */
  readonly idleMs?: number | undefined
}
