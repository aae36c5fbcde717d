import type { ConnectorTransaction } from "@pgsd/connector"
import { isPgsdError } from "@pgsd/driver"
import { ProgramError } from "../errors.ts"
import { FENCED } from "./coverage/catalogs.ts"
import { FIRST_OF_USERS } from "./sql.ts"

/**
 * A digest of every version of every definition: for each catalog, the sum of the hashes of its rows' keys and versions, which does not depend on the order of the
 * rows. Data changes, ANALYZE and VACUUM leave it unchanged; every DDL statement changes it, as do TRUNCATE, REINDEX and VACUUM FULL. Temporary
 * objects do not count.
 */
export async function readFence(snapshot: ConnectorTransaction, signal?: AbortSignal): Promise<string> {
  const sums = (await fencedHere(snapshot)).map(([catalog, { key, relation, namespace }]) => {
    const columns = key.split(", ").map((column) => `x.${column}`)
    const conditions = [
      ...(catalog === "pg_namespace" ? [`x.nspname !~ '^pg_(toast_)?temp_'`] : [`${columns[0]} >= ${FIRST_OF_USERS}`]),
      ...(relation === undefined ? [] : [`x.${relation} NOT IN (SELECT oid FROM temporary)`]),
      ...(namespace === undefined ? [] : [`x.${namespace} NOT IN (SELECT oid FROM temporary_schema)`]),
    ]
    const version = `pg_catalog.concat_ws(':', ${columns.join(", ")}, x.xmin)`
    return `(SELECT pg_catalog.sum(pg_catalog.hashtextextended(${version} COLLATE "C", 0)) FROM pg_catalog.${catalog} AS x WHERE ${conditions.join(" AND ")})`
  })
  const { fence } = await snapshot.one<{ fence: string }>(
    `WITH temporary AS (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't'),
    temporary_schema AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_')
  SELECT pg_catalog.concat_ws(',', ${sums.map((sum) => `coalesce(${sum}, 0)`).join(",\n    ")}) AS fence`,
    undefined,
    { signal },
  )
  return fence
}

async function fencedHere(snapshot: ConnectorTransaction) {
  const { major = 0 } = await snapshot.getVersion()
  return FENCED.filter(([, { since = 0 }]) => major >= since)
}

/**
 * True for the error of a definition function whose object was dropped between the snapshot and the call: `cache lookup failed for …`, an internal error. Other
 * SQLSTATEs come from name lookups, which no query here does.
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
