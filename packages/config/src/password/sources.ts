import type { Secret } from "@pgsd/driver"

/** A possible source of a password. Sources are tried in order until one has it. */
export interface PasswordSourceEntry {
  /** A description for "password retrieved from …": `file "/home/u/.pgpass"`. */
  readonly name: string
  /** The password, or why there is none: `"not set"`. @throws ConfigError PGSD_PASSWORD_FAILED */
  read(query: PasswordQuery): Promise<PasswordAnswer>
}

export type PasswordAnswer = { readonly password: Secret; readonly detail?: string | undefined } | { readonly none: string }

/** The connection whose password is looked up. */
export interface PasswordTarget {
  /** The fields to match in the password file. */
  readonly fileHost: string
  readonly portText: string
  /** The host passed to a provider: the name, else the address, else the directory of the socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export interface PasswordQuery extends PasswordTarget {
  readonly signal: AbortSignal
  /** A cached password must not be used: the server rejected it. */
  readonly fresh: boolean
}
