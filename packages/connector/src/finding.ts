/** `ok` and `info` need no action, `warn` needs attention, `fail` rules out the work. */
export type FindingLevel = "ok" | "info" | "warn" | "fail"

/** The result of one check. */
export interface Finding {
  /** Stable, e.g. `"role.superuser"`, `"schema.usage"`, `"tls.unverified"`. */
  readonly id: string
  readonly level: FindingLevel
  /** The fact, in a sentence with names and counts. */
  readonly found: string
  /** Why it matters. */
  readonly why?: string
  /** The fix, as prose or SQL. */
  readonly fix?: string
  /** The objects affected. */
  readonly objects?: NameList
  /** Exact, quoted statements for a role with the necessary privileges; never executed by this package. */
  readonly statements?: readonly string[]
}

/** Names with their total count; at most 20 names are included. */
export interface NameList {
  readonly names: readonly string[]
  readonly count: number
}
