import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly valid: boolean
  readonly clustered: boolean
}

/** Indexes that no constraint stands for and that no partition has from its parent. */
export const readIndexes: Reader = async (context) => {
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, r.relname::text AS table, r.relkind::text AS relkind, i.relname::text AS name,
    pg_catalog.pg_get_indexdef(i.oid) AS definition, x.indisvalid AS valid, x.indisclustered AS clustered
  FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class AS r ON r.oid = x.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace
  WHERE r.relkind IN ('r', 'p', 'f', 'm') AND NOT i.relispartition AND i.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u', 'x'))
    AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "r.oid")} AND ${notOfExtension("pg_class", "i.oid")}
  ${ordered("n.nspname", "i.relname")}`,
  )
  return rows.map(({ schema, table, relkind, name, definition, valid, clustered }) => ({
    kind: "index",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition, validity: valid ? null : "invalid", clustered: clustered ? "yes" : null },
  }))
}
