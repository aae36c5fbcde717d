import type { RelationKind, SchemaObject } from "../model/catalog.ts"
import { notOfExtension, ordered, type Reader, rowsOf, since, WANTED_SCHEMA } from "./reader.ts"
import { readViewDefinitions } from "./view-definitions.ts"

/** pg_class.relkind of what has columns of its own. */
export const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: "table",
  p: "table",
  f: "foreign_table",
  v: "view",
  m: "materialized_view",
}

interface Row {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly relkind: string
  readonly persistence: string
  readonly options: readonly string[] | null
  readonly row_security: string
  readonly replica_identity: string
  readonly replica_index: string | null
  readonly access_method: string | null
  readonly partition_key: string | null
  readonly partition_bound: string | null
  readonly parents: readonly string[]
  readonly foreign_server: string | null
}

/** Tables, partitions, foreign tables, views and materialised views; whether a materialised view is filled is data. */
export const readRelations: Reader = async (context) => {
  const rows = await rowsOf<Row>(context, relationsQuery(context.gates.generatedColumns))
  const views = rows.filter(({ relkind }) => relkind === "v" || relkind === "m").map(({ oid }) => oid)
  const definitions = await readViewDefinitions(context, views)
  return rows.map((row) => toRelation(row, definitions.get(row.oid) ?? null))
}

// Access methods of tables exist since 12.
function relationsQuery(accessMethods: boolean): string {
  return `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS relkind, c.relpersistence::text AS persistence,
    ARRAY(SELECT option FROM pg_catalog.unnest(c.reloptions) AS option ${ordered("option")}) AS options,
    CASE WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'on'
      WHEN c.relforcerowsecurity THEN 'off, forced when on' ELSE 'off' END AS row_security,
    c.relreplident::text AS replica_identity,
    (SELECT pg_catalog.quote_ident(i.relname) FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
      WHERE x.indrelid = c.oid AND x.indisreplident LIMIT 1) AS replica_index,
    ${since(accessMethods, "(SELECT NULLIF(am.amname, 'heap')::text FROM pg_catalog.pg_am AS am WHERE am.oid = c.relam)")} AS access_method,
    CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
    CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
    ARRAY(SELECT pg_catalog.format('%I.%I', pn.nspname, p.relname) FROM pg_catalog.pg_inherits AS h
      JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
      WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS parents,
    (SELECT s.srvname::text FROM pg_catalog.pg_foreign_table AS f JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
      WHERE f.ftrelid = c.oid) AS foreign_server
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")}
  ${ordered("n.nspname", "c.relname")}`
}

function toRelation(row: Row, definition: string | null): SchemaObject {
  const { schema, name } = row
  const kind = RELATION_KINDS[row.relkind]!
  if (kind === "view" || kind === "materialized_view")
    return { kind, schema, name, facts: { definition, options: some(row.options), accessMethod: row.access_method } }
  return {
    kind,
    schema,
    name,
    facts: {
      persistence: row.persistence === "u" ? "unlogged" : null,
      partitionBy: row.partition_key,
      partitionOf: some(row.partition_bound === null ? [] : row.parents),
      bound: row.partition_bound,
      inherits: some(row.partition_bound === null ? row.parents : []),
      rowSecurity: row.row_security,
      replicaIdentity: replicaIdentity(row),
      options: some(row.options),
      accessMethod: row.access_method,
      server: row.foreign_server,
    },
  }
}

function replicaIdentity({ replica_identity, replica_index }: Row): string | null {
  const words: Readonly<Record<string, string | null>> = { d: null, n: "nothing", f: "full", i: `index ${replica_index ?? "that is gone"}` }
  return words[replica_identity] ?? null
}

function some(list: readonly string[] | null): readonly string[] | null {
  return list === null || list.length === 0 ? null : list
}
