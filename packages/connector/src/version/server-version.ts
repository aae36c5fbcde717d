/** What a version text says. Plain data. */
export interface ServerVersion {
  /** The text itself, trimmed. */
  readonly text: string
  /** As `server_version_num`: 180004 is 18.4, 90624 is 9.6.24; absent when the text has no PostgreSQL version in it. */
  readonly number?: number
  readonly major?: number
  readonly minor?: number
  /** Of versions before 10; 0 since. */
  readonly patch: number
  /** `"devel"`, `"beta2"`, `"rc1"`: its catalog may lack columns of the release with the same number. */
  readonly prerelease?: string
  /** By the text alone. Managed services print the same text as PostgreSQL: ask getFlavour(). */
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

/** What the server turned out to be when asked. */
export interface ServerFlavour {
  readonly flavour: Flavour
  readonly flavourVersion?: string
  /** Extensions that change what a catalog holds, where installed: `timescaledb`, `citus`. */
  readonly addOns: readonly string[]
  /** By number, with the text of version(). */
  readonly version: ServerVersion
}

/** The support for a server. */
export type SupportLevel = "full" | "best-effort" | "newer" | "refused"

export interface ServerSupport {
  /** `full`: 12 to 18; `best-effort`: 10, 11 and prereleases; `newer`: read with the newest known rules; `refused`: older than 10 or another engine. */
  readonly level: SupportLevel
  /** Why it is not `full`, in a sentence. */
  readonly reason?: string
}
