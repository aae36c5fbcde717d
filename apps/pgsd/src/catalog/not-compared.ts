import type { KindCount } from "../model/catalog.ts"
import { notOfExtension, type ReadContext, rowsOf, WANTED_SCHEMA } from "./reader.ts"

/** What belongs to a schema, and what belongs to the database as a whole; a count of user-made objects each. */
const IN_SCHEMAS: readonly (readonly [kind: string, catalog: string, schema: string, condition?: string])[] = [
  ["statistics objects", "pg_statistic_ext", "stxnamespace"],
  ["operators", "pg_operator", "oprnamespace"],
  ["text search configurations", "pg_ts_config", "cfgnamespace"],
  ["collations", "pg_collation", "collnamespace"],
]
const IN_DATABASE: readonly (readonly [kind: string, catalog: string])[] = [
  ["casts", "pg_cast"],
  ["event triggers", "pg_event_trigger"],
  ["publications", "pg_publication"],
  ["foreign servers", "pg_foreign_server"],
]
/** What initdb makes has a smaller oid. */
const FIRST_OF_USERS = 16_384

/** What exists and is not compared: silence about it would read as "the same". */
export async function readNotCompared(context: ReadContext): Promise<readonly KindCount[]> {
  const isAggregate = context.gates.prokind ? "x.prokind = 'a'" : "x.proisagg"
  const counts = [
    ...[["aggregates", "pg_proc", "pronamespace", isAggregate] as const, ...IN_SCHEMAS].map(([kind, catalog, schema, condition = "true"]) =>
      countOf(kind, catalog, `JOIN pg_catalog.pg_namespace AS n ON n.oid = x.${schema}`, `${condition} AND ${WANTED_SCHEMA}`),
    ),
    ...IN_DATABASE.map(([kind, catalog]) => countOf(kind, catalog, "", `x.oid >= ${FIRST_OF_USERS}`)),
  ]
  const rows = await rowsOf<{ kind: string; count: number }>(context, counts.join("\nUNION ALL "))
  return rows.filter(({ count }) => count > 0)
}

function countOf(kind: string, catalog: string, join: string, condition: string): string {
  return `SELECT '${kind}' AS kind, pg_catalog.count(*)::int4 AS count FROM pg_catalog.${catalog} AS x ${join}
  WHERE ${condition} AND ${notOfExtension(catalog, "x.oid")}`
}
