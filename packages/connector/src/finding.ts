/** `ok` and `info` need nothing, `warn` wants attention, `fail` forbids the work. */
export type FindingLevel = "ok" | "info" | "warn" | "fail"

/** One thing that a check found. */
export interface Finding {
  /** Stable, e.g. `"role.superuser"`, `"schema.usage"`, `"tls.unverified"`. */
  readonly id: string
  readonly level: FindingLevel
  /** What was found, in a sentence with names and counts. */
  readonly found: string
  /** Why it matters. */
  readonly why?: string
  /** The fix, as text or as SQL. */
  readonly fix?: string
  /** The objects concerned. */
  readonly objects?: NameList
  /** Exact statements, quoted, ready to be run by a role that may; never run by this package. */
  readonly statements?: readonly string[]
}

/** Names with their full count: at most 20 names are carried. */
export interface NameList {
  readonly names: readonly string[]
  readonly count: number
}
