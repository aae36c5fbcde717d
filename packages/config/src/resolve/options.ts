import type { Io } from "../io.ts"
import type { Parameters } from "../parameters/table.ts"
import { refuseNonFunctions, refuseUnknown } from "../parameters/unknown-option.ts"
import type { PasswordInput, PasswordProvider } from "../password/input.ts"
import type { Environment } from "./home.ts"

/** Parameters of a profile. */
export interface ProfileLayer {
  /** Its name in errors and explainConnection: `"profile production"`. */
  readonly source: string
  readonly parameters: Parameters
}

export interface ResolveOptions {
  /** A URI, a keyword/value string, or parameters by libpq keyword. */
  readonly connection?: string | Parameters | undefined
  /** Parameters from the command line. They override the connection; an empty string means "not given", as for psql's options. */
  readonly overrides?: Parameters | undefined
  /** The name of `connection`'s source in errors and explainConnection. @default "connection string", or "connection parameters" */
  readonly connectionSource?: string | undefined
  /** Parameters for what the connection does not set, strongest first: above service file and environment. */
  readonly profile?: ProfileLayer | readonly ProfileLayer[] | undefined
  /** The PG* variables, and HOME for default files. `{}` isolates from all variables. @default process.env */
  readonly env?: Environment | undefined
  /** The password, or its source. It overrides every other source. */
  readonly password?: PasswordInput | undefined
  /** Called if no other source has a password, like psql's prompt. */
  readonly prompt?: PasswordProvider | undefined
  /** Called for the passphrase of an encrypted client key if sslpassword is not set. */
  readonly keyPassphrase?: (() => string | Promise<string>) | undefined
  /** Reads PGPASSWORD_FILE, which containers set and libpq does not support. @default false */
  readonly envFiles?: boolean | undefined
  /**
   * The folder of the Unix socket if no host is given. @default the first of /var/run/postgresql, /run/postgresql, /private/tmp, /tmp that
   * has one
   */
  readonly defaultSocketDirectory?: string | undefined
  /** The connection's name in errors and diagnostics. */
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

/** Rejects unknown options, which would otherwise be ignored when misspelt. */
export function checkOptions(options: ResolveOptions): void {
  refuseUnknown(options, Object.keys(KNOWN), "option of resolveConnection")
  refuseNonFunctions(options, ["prompt", "keyPassphrase"])
}
