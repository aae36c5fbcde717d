import type { Secret } from "@pgsd/driver"

/** Where a password may be. Asked in order until one answers. */
export interface PasswordSourceEntry {
  /** A description for "password retrieved from …": `file "/home/u/.pgpass"`. */
  readonly name: string
  /** The password, or the reason why there is none: `"not set"`. @throws ConfigError PGSD_PASSWORD_FAILED */
  read(query: PasswordQuery): Promise<PasswordAnswer>
}

export type PasswordAnswer = { readonly password: Secret; readonly detail?: string | undefined } | { readonly none: string }

/** For whom a password is looked up. */
export interface PasswordTarget {
  /** What is searched for in the password file. */
  readonly fileHost: string
  readonly portText: string
  /** What a provider gets: the name, else the address, else the directory of the socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export interface PasswordQuery extends PasswordTarget {
  readonly signal: AbortSignal
  /** A remembered answer will not do: the server refused it. */
  readonly fresh: boolean
}
