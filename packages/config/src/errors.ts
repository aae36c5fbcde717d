import { PgsdError, type PgsdErrorOptions } from "@pgsd/driver"

/** Codes of configuration errors. */
export type ConfigErrorCode =
  | "PGSD_CONFIG_SYNTAX" // a connection string, service file or configuration file that cannot be read
  | "PGSD_CONFIG_UNKNOWN_KEY" // an unknown parameter or setting
  | "PGSD_CONFIG_INVALID_VALUE" // a value outside what the parameter accepts, or two that are mutually exclusive
  | "PGSD_CONFIG_UNSUPPORTED" // libpq supports it and Node does not: rejected rather than ignored
  | "PGSD_CONFIG_FILE" // a file that is missing, unreadable or accessible to others
  | "PGSD_CONFIG_NOT_FOUND" // a service, profile or database that is defined nowhere
  | "PGSD_PASSWORD_MISSING" // no source has a password
  | "PGSD_PASSWORD_FAILED" // a password source failed or timed out

/** One problem. It contains nothing from a password or from text that may contain one. */
export interface ConfigIssue {
  readonly code: ConfigErrorCode
  /** libpq's message, if it has one. */
  readonly message: string
  /** The parameter or setting. */
  readonly key?: string | undefined
  /** Its source: `"connection string, character 14"`, `"environment variable PGSSLMODE"`. */
  readonly source?: string | undefined
  readonly hint?: string | undefined
}

/**
 * The configuration is invalid. The message contains, for each problem, libpq's text, the source and a hint. `issues` has the same as data;
 * `code`, `key`, `source` and `hint` are those of the first.
 */
export class ConfigError extends PgsdError {
  static override readonly kind: string = "ConfigError"

  declare readonly key?: string
  declare readonly source?: string
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly [ConfigIssue, ...ConfigIssue[]], options: Pick<PgsdErrorOptions, "cause" | "retryable"> = {}) {
    const [first] = issues
    super(first.code, issues.map(textOf).join("\n"), { ...options, hint: first.hint })
    this.issues = Object.freeze(issues.map((issue) => Object.freeze({ ...issue })))
    for (const [name, value] of Object.entries({ key: first.key, source: first.source }))
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true, configurable: true })
  }
}

/** Throws if there is any issue. */
export function throwIssues(issues: readonly ConfigIssue[], options?: { cause?: unknown }): void {
  const [first, ...rest] = issues
  if (first !== undefined) throw new ConfigError([first, ...rest], options)
}

function textOf(issue: ConfigIssue): string {
  const lines = [issue.message]
  if (issue.source !== undefined) lines.push(`source: ${issue.source}`)
  if (issue.hint !== undefined) lines.push(`hint: ${issue.hint}`)
  return lines.join("\n")
}
