import type { PostgresServer } from "@pgsd/testing/server"
import type { Coverage } from "../../src/catalog/coverage/coverage.ts"

/** By catalog and column: the majors that have it. */
export type CatalogColumns = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

/** Every column of every table in pg_catalog. */
export async function columnsOf(server: PostgresServer): Promise<Record<string, string[]>> {
  const rows =
    await server.sql(`SELECT c.relname AS catalog, a.attname AS column FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`)
  const found: Record<string, string[]> = {}
  for (const { catalog, column } of rows as { catalog: string; column: string }[]) found[catalog] = [...(found[catalog] ?? []), column]
  return found
}

/** Every column in a catalog's coverage, as often as it is named. */
export function classified({ compared = {}, printed = [], ignored = {}, counted = {} }: Coverage): string[] {
  return [
    ...Object.keys(compared),
    ...printed.flatMap(([, , columns]) => columns),
    ...Object.values(ignored).flat(),
    ...Object.values(counted).flat(),
  ]
}

/** `catalog.column` for each without a decision. */
export function unclassified(columns: CatalogColumns, coverage: Readonly<Record<string, Coverage>>): string[] {
  return Object.entries(columns).flatMap(([catalog, names]) => {
    const known = coverage[catalog]
    if (known?.whole !== undefined) return []
    const decided = new Set(known === undefined ? [] : classified(known))
    return Object.keys(names).flatMap((name) => (decided.has(name) ? [] : [`${catalog}.${name}`]))
  })
}
