import type { DatabaseConnector } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import { ProgramError } from "../errors.ts"

/** Where definitions are kept: the columns that name a row, and the relation that it belongs to, if any. */
const CATALOGS: readonly (readonly [catalog: string, key: string, relation?: string])[] = [
  ["pg_namespace", "oid"],
  ["pg_extension", "oid"],
  ["pg_type", "oid", "typrelid"],
  ["pg_enum", "oid"],
  ["pg_class", "oid", "oid"],
  ["pg_attribute", "attrelid, attnum", "attrelid"],
  ["pg_attrdef", "oid", "adrelid"],
  ["pg_inherits", "inhrelid, inhparent", "inhrelid"],
  ["pg_constraint", "oid", "conrelid"],
  ["pg_index", "indexrelid", "indrelid"],
  ["pg_rewrite", "oid", "ev_class"],
  ["pg_sequence", "seqrelid", "seqrelid"],
  ["pg_trigger", "oid", "tgrelid"],
  ["pg_policy", "oid", "polrelid"],
  ["pg_proc", "oid"],
  ["pg_range", "rngtypid"],
]

/** What initdb makes has a smaller oid, and changes with the server alone. */
const FIRST_OF_USERS = 16_384

/**
 * A digest of every version of every definition. Data, ANALYZE and VACUUM leave it as it is; every DDL statement changes it, and TRUNCATE, REINDEX and
 * VACUUM FULL do as well. Temporary tables do not count.
 */
export async function readFence(snapshot: DatabaseConnector): Promise<string> {
  const digests = CATALOGS.map(([catalog, key, relation]) => {
    const columns = key.split(", ").map((column) => `x.${column}`)
    const temporary = `SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't'`
    const conditions = [
      ...(catalog === "pg_namespace" ? [`x.nspname !~ '^pg_(toast_)?temp_'`] : [`${columns[0]} >= ${FIRST_OF_USERS}`]),
      ...(relation === undefined ? [] : [`x.${relation} NOT IN (${temporary})`]),
    ]
    return `SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(':', ${columns.join(", ")}, x.xmin), ',' ORDER BY ${columns.join(", ")})) AS digest
      FROM pg_catalog.${catalog} AS x WHERE ${conditions.join(" AND ")}`
  })
  const { fence } = await snapshot.one<{ fence: string }>(
    `SELECT pg_catalog.string_agg(coalesce(digest, ''), ',') AS fence FROM (${digests.join("\n  UNION ALL ")}) AS digests`,
  )
  return fence
}

/**
 * True for what a definition function says when its object went away between the snapshot and the call: `cache lookup failed for …`, an internal error. Other
 * SQLSTATEs come from looking names up, which no query here does.
 */
export function isGone(error: unknown): boolean {
  return isPgsdError(error) && error.sqlState === "XX000"
}

export function changing(label: string, cause?: unknown): ProgramError {
  return new ProgramError("PGSD_SCHEMA_CHANGING", `${label}: the schema changed while it was read, each time it was tried`, {
    cause,
    hint: "try again when the migration that is under way is done",
  })
}

export function isChanging(error: unknown): boolean {
  return isPgsdError(error) && error.code === "PGSD_SCHEMA_CHANGING"
}
