import type { Section } from "../section.ts"
import { commentOf, notOfExtension, ownerOf } from "../sql.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly target: string | null
}

/** It has a schema of its own: its table can be in another one. */
export const statistics: Section<Row> = {
  name: "statistics",
  of: "schemas",
  sql: ({
    triggerParents: from13,
  }) => `SELECT w.schema, c.relname::pg_catalog.text AS table, c.relkind::pg_catalog.text AS relkind, s.stxname::pg_catalog.text AS name,
      pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition, ${from13 ? "NULLIF(s.stxstattarget, -1)::pg_catalog.text" : "NULL"} AS target,
      ${ownerOf("s.stxowner")}, ${commentOf("pg_statistic_ext", "s.oid")}
    FROM pg_catalog.pg_statistic_ext AS s JOIN wanted AS w ON w.oid = s.stxnamespace JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
    WHERE c.relpersistence <> 't' AND ${notOfExtension("pg_class", "c.oid")} AND ${notOfExtension("pg_statistic_ext", "s.oid")}`,
  toObject: ({ schema, table, relkind, name, definition, target }) => ({
    kind: "statistics",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition, statisticsTarget: target },
  }),
}
