import { catalogText } from "../catalog-text.ts"
import { fromNumber, parseServerVersion } from "./parse-server-version.ts"
import type { Flavour, ServerFlavour, ServerVersion } from "./server-version.ts"

/** The result of {@link flavourColumns}; a value is null if the server has no such object. */
export interface FlavourRow {
  readonly version_text: string
  readonly version_number: string | null
  readonly aurora: boolean
  readonly rds: boolean
  readonly cloudsql: boolean
  readonly azure: boolean
  readonly supabase: boolean
  readonly neon: boolean
  readonly alloydb: string | null
  readonly cockroachdb: string | null
  readonly add_ons: readonly string[]
}

/**
 * Select-list items that identify a service without an ERROR in the server's log: to_regproc, to_regrole and current_setting(…, true)
 * return NULL for what does not exist. Every name is qualified, because a schema before pg_catalog in the search_path may have its own
 * version().
 */
export const flavourColumns = catalogText(`
  pg_catalog.version() AS version_text,
  pg_catalog.current_setting('server_version_num', true) AS version_number,
  pg_catalog.to_regproc('pg_catalog.aurora_version') IS NOT NULL AS aurora,
  pg_catalog.to_regrole('rds_superuser') IS NOT NULL AS rds,
  pg_catalog.to_regrole('cloudsqlsuperuser') IS NOT NULL AS cloudsql,
  pg_catalog.to_regrole('azure_pg_admin') IS NOT NULL AS azure,
  pg_catalog.to_regrole('supabase_admin') IS NOT NULL AS supabase,
  pg_catalog.to_regrole('neon_superuser') IS NOT NULL AS neon,
  pg_catalog.current_setting('alloydb.iam_authentication', true) AS alloydb,
  pg_catalog.current_setting('crdb_version', true) AS cockroachdb,
  ARRAY(SELECT extname::text FROM pg_catalog.pg_extension WHERE extname = ANY ('{citus,timescaledb}') ORDER BY 1) AS add_ons`)

export function readFlavour(row: FlavourRow): ServerFlavour {
  const text = parseServerVersion(row.version_text)
  const version = withNumber(text, row.version_number)
  const flavour = flavourOf(row, text.flavour)
  const flavourVersion = row.cockroachdb ?? text.flavourVersion
  return { flavour, ...(flavourVersion !== undefined && { flavourVersion }), addOns: row.add_ons, version }
}

/** From the version text only, for servers that must not receive the probes. */
export function flavourByText(text: string): ServerFlavour {
  const version = parseServerVersion(text)
  const { flavour, flavourVersion } = version
  return { flavour, ...(flavourVersion !== undefined && { flavourVersion }), addOns: [], version }
}

// A fork that names itself is that fork; a managed service prints PostgreSQL's text, and is recognised by its roles.
function flavourOf(row: FlavourRow, byText: Flavour): Flavour {
  if (row.cockroachdb !== null) return "cockroachdb"
  if (byText !== "postgresql") return byText
  if (row.aurora) return "aurora"
  if (row.rds) return "rds"
  if (row.alloydb !== null) return "alloydb"
  if (row.cloudsql) return "cloudsql"
  if (row.azure) return "azure"
  if (row.neon) return "neon"
  if (row.supabase) return "supabase"
  return "postgresql"
}

// server_version_num decides; the text adds what a number cannot express (devel, beta, the fork).
function withNumber(text: ServerVersion, number: string | null): ServerVersion {
  if (number === null || !/^\d{5,6}$/.test(number)) return text
  const { major, minor, patch } = fromNumber(number, Number(number))
  return { ...text, number: Number(number), ...(major !== undefined && { major }), ...(minor !== undefined && { minor }), patch }
}
