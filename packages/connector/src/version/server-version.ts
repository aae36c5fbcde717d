/** The contents of a version text, as plain data. */
export interface ServerVersion {
  /** The text itself, trimmed. */
  readonly text: string
  /** As `server_version_num`: 180004 is 18.4, 90624 is 9.6.24; absent if the text contains no PostgreSQL version. */
  readonly number?: number
  readonly major?: number
  readonly minor?: number
  /** For versions before 10; 0 since. */
  readonly patch: number
  /** `"devel"`, `"beta2"`, `"rc1"`: its catalog may lack columns of the release with the same number. */
  readonly prerelease?: string
  /** From the text only. Managed services print the same text as PostgreSQL: use getFlavour(). */
  readonly flavour: Flavour
  /** The fork's own version, e.g. `"6.25.3"` of Greenplum. */
  readonly flavourVersion?: string
}

export type Flavour =
  | "postgresql"
  | "agensgraph"
  | "alloydb"
  | "aurora"
  | "azure"
  | "babelfish"
  | "cloudberry"
  | "cloudsql"
  | "cockroachdb"
  | "edb"
  | "greenplum"
  | "ivorysql"
  | "materialize"
  | "neon"
  | "opengauss"
  | "openhalo"
  | "orioledb"
  | "percona"
  | "pgbouncer"
  | "pgedge"
  | "pglite"
  | "polardb"
  | "rds"
  | "redshift"
  | "supabase"
  | "vfabric"
  | "yugabytedb"
  | "unknown"

/** The flavour of a server, determined by a query. */
export interface ServerFlavour {
  readonly flavour: Flavour
  readonly flavourVersion?: string
  /** Installed extensions that affect the catalog: `timescaledb`, `citus`. */
  readonly addOns: readonly string[]
  /** From the number, with the text of version(). */
  readonly version: ServerVersion
}

/** The level of support for a server. */
export type SupportLevel = "full" | "best-effort" | "newer" | "refused"

export interface ServerSupport {
  /**
   * `full`: 12 to 18; `best-effort`: 10, 11 and prereleases; `newer`: read by the rules of the newest known version; `refused`: older than
   * 10 or another engine.
   */
  readonly level: SupportLevel
  /** Why it is not `full`, in a sentence. */
  readonly reason?: string
}
