import type { Io } from "../io.ts"
import type { Parameters } from "../parameters/table.ts"
import { refuseNonFunctions, refuseUnknown } from "../parameters/unknown-option.ts"
import type { PasswordInput, PasswordProvider } from "../password/input.ts"
import type { Environment } from "./home.ts"

/** Parameters of a profile. */
export interface ProfileLayer {
  /** What errors and explainConnection call it: `"profile production"`. */
  readonly source: string
  readonly parameters: Parameters
}

export interface ResolveOptions {
  /** A URI, a keyword/value string, or parameters by libpq keyword. */
  readonly connection?: string | Parameters | undefined
  /** What the command line said. Beats the connection; an empty string is "not given", as for psql's own options. */
  readonly overrides?: Parameters | undefined
  /** What errors and explainConnection call the source of `connection`. @default "connection string", or "connection parameters" */
  readonly connectionSource?: string | undefined
  /** Parameters that apply where the connection says nothing, strongest first: above service file and environment. */
  readonly profile?: ProfileLayer | readonly ProfileLayer[] | undefined
  /** The PG* variables, and HOME for the files in it. `{}` is hermetic. @default process.env */
  readonly env?: Environment | undefined
  /** The password, or where it is. Beats every other source. */
  readonly password?: PasswordInput | undefined
  /** Asked when no other source has a password, as psql prompts. */
  readonly prompt?: PasswordProvider | undefined
  /** Asked for the passphrase of an encrypted client key when sslpassword is not set. */
  readonly keyPassphrase?: (() => string | Promise<string>) | undefined
  /** Read PGPASSWORD_FILE, which containers set and libpq does not know. @default false */
  readonly envFiles?: boolean | undefined
  /** The folder of the Unix socket when no host is given. @default the first of /var/run/postgresql, /run/postgresql, /private/tmp, /tmp that has one */
  readonly defaultSocketDirectory?: string | undefined
  /** What errors and diagnostics call the connection. */
  readonly label?: string | undefined
  /** For tests: the file system, the user, the platform. */
  readonly io?: Partial<Io> | undefined
}

const KNOWN: Readonly<Record<keyof ResolveOptions, true>> = {
  connection: true,
  connectionSource: true,
  overrides: true,
  profile: true,
  env: true,
  password: true,
  prompt: true,
  keyPassphrase: true,
  envFiles: true,
  defaultSocketDirectory: true,
  label: true,
  io: true,
}

/** Refuses unknown options: a misspelt one would be ignored. */
export function checkOptions(options: ResolveOptions): void {
  refuseUnknown(options, Object.keys(KNOWN), "option of resolveConnection")
  refuseNonFunctions(options, ["prompt", "keyPassphrase"])
}
