import type { Flavour } from "./server-version.ts"

export interface Fork {
  readonly flavour: Flavour
  readonly version?: string | undefined
  /** The numbers in its text are the fork's own, not PostgreSQL's. */
  readonly hasNoVersion?: boolean | undefined
}

/** Patterns that identify forks in a version text; the first group, if any, is the fork's own version. */
const FORKS: readonly (readonly [RegExp, Flavour, { readonly hasNoVersion: true }?])[] = [
  [/^([\w.]+)\/bouncer$/, "pgbouncer", { hasNoVersion: true }],
  [/^CockroachDB \S+ v(\S+)/, "cockroachdb", { hasNoVersion: true }],
  [/^gaussdb \(GaussDB Kernel (\S+)/, "opengauss", { hasNoVersion: true }],
  [/\b(?:openGauss|MogDB) (\S+)/, "opengauss"],
  [/\((?:Vastbase|GaussDB|Panweidb|openGauss)\b/i, "opengauss"],
  [/\bRedshift (\S+)/, "redshift"],
  [/-YB-(\S+)/, "yugabytedb"],
  [/\(Greenplum Database (\S+)/, "greenplum"],
  [/\(Apache Cloudberry (\S+)/, "cloudberry"],
  [/^EnterpriseDB (\S+)/, "edb"],
  [/\(EnterpriseDB Advanced Server ([^\s)]+)/, "edb"],
  [/\(materialized? ([^\s)]+)/i, "materialize"],
  [/VMware vFabric Postgres (\S+)/, "vfabric"],
  [/\(IvorySQL ([^\s)]+)/, "ivorysql"],
  [/\(PolarDB ([^\s)]+)/, "polardb"],
  [/\(pgEdge ([^\s)]+)/, "pgedge"],
  [/\(AgensGraph ([^\s)]+)/, "agensgraph"],
  [/Percona Server for PostgreSQL (\S+)/, "percona"],
  [/ - Percona Distribution/, "percona"],
  [/\(OrioleDB ([^\s)]+)/, "orioledb"],
  [/^OrioleDB /, "orioledb"],
  [/^openHalo /, "openhalo"],
  [/^Babelfish /, "babelfish"],
  [/\(PGlite ([^\s)]+)/, "pglite"],
  [/compiled by emcc/, "pglite"], // the releases that do not name themselves
  // Neon adds a bare commit in parentheses after the number of version(); in server_version that proves nothing.
  [/^PostgreSQL \d+\.\d+ \([0-9a-f]{7,40}\) on /, "neon"],
]

/** The fork named in a version text; undefined for plain PostgreSQL and for unknown names. */
export function forkIn(text: string): Fork | undefined {
  for (const [pattern, flavour, options] of FORKS) {
    const match = pattern.exec(text)
    if (match !== null) return { flavour, version: match[1], ...options }
  }
  return undefined
}
