import type { RelationKind, SchemaObject } from "../../model/catalog.ts"
import { hiddenOptions, some } from "../attached.ts"
import type { Definitions } from "../definitions.ts"
import type { Section } from "../section.ts"
import { commentOf, grantsOf, joinNeededExtensions, listOf, optionList, optionsOf, ownerOf, since, tablespaceOf } from "../sql.ts"
import {
  ifPartition,
  joinInheritedChecks,
  joinPartComments,
  PARTITION_CONSTRAINTS,
  PARTITION_INDEXES,
  PARTITION_TRIGGERS,
} from "./parts.ts"

/** pg_class.relkind of relations with columns. */
export const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: "table",
  p: "table",
  f: "foreign_table",
  v: "view",
  m: "materialized_view",
}

interface Row {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly relkind: string
  readonly persistence: string
  readonly options: readonly string[]
  readonly toast_options: readonly string[]
  readonly row_security: string
  readonly replica_identity: string
  readonly replica_index: string | null
  readonly access_method: string | null
  readonly tablespace: string | null
  readonly type: string | null
  readonly partition_key: string | null
  readonly partition_bound: string | null
  readonly detaching: boolean | null
  readonly parents: readonly string[]
  readonly partition_indexes: readonly string[]
  readonly partition_triggers: readonly string[]
  readonly partition_constraints: readonly string[]
  readonly inherited_checks: readonly string[] | null
  readonly part_comments: readonly string[] | null
  readonly extensions: readonly string[] | null
  readonly foreign_server: string | null
  readonly foreign_options: Readonly<Record<string, string>> | null
}

/** Tables, partitions, foreign tables, views and materialized views. Whether a materialized view is populated is data; definitions of views are read later. */
export const relations: Section<Row> = {
  name: "relations",
  of: "schemas",
  sql: ({
    generatedColumns: accessMethods,
    triggerParents,
    multiranges: pendingDetach,
    notNullConstraints: enforced,
  }) => `SELECT c.oid, c.schema, c.name,
      c.relkind::pg_catalog.text AS relkind, c.relpersistence::pg_catalog.text AS persistence, ${optionList("c.reloptions")} AS options,
      ${optionList("(SELECT toast.reloptions FROM pg_catalog.pg_class AS toast WHERE toast.oid = c.reltoastrelid)")} AS toast_options,
      CASE WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'on'
        WHEN c.relforcerowsecurity THEN 'off, forced when on' ELSE 'off' END AS row_security,
      c.relreplident::pg_catalog.text AS replica_identity,
      (SELECT pg_catalog.min(pg_catalog.quote_ident(i.relname)) FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid AND x.indisreplident) AS replica_index,
      ${since(accessMethods, "(SELECT NULLIF(am.amname, 'heap')::pg_catalog.text FROM pg_catalog.pg_am AS am WHERE am.oid = c.relam)")} AS access_method,
      ${tablespaceOf("c.reltablespace")} AS tablespace, pg_catalog.format_type(NULLIF(c.reloftype, 0), NULL) AS type,
      CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
      CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
      ${pendingDetach ? "EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid AND h.inhdetachpending)" : "false"} AS detaching,
      ${listOf(
        "pg_catalog.format('%I.%I', pn.nspname, p.relname)",
        `pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
          WHERE h.inhrelid = c.oid`,
        "h.inhseqno",
      )} AS parents,
      ${ifPartition(PARTITION_INDEXES)} AS partition_indexes, ${ifPartition(PARTITION_TRIGGERS)} AS partition_triggers,
      ${ifPartition(PARTITION_CONSTRAINTS)} AS partition_constraints,
      own.checks AS inherited_checks, remarks.comments AS part_comments, needed.extensions,
      f.server AS foreign_server, f.options AS foreign_options,
      ${ownerOf("c.relowner")}, ${grantsOf("c.relacl", "r", "c.relowner")}, ${commentOf("pg_class", "c.oid")}
    FROM relation AS c LEFT JOIN (SELECT ft.ftrelid, s.srvname::pg_catalog.text AS server, ${optionsOf("ft.ftoptions")} AS options
      FROM pg_catalog.pg_foreign_table AS ft JOIN pg_catalog.pg_foreign_server AS s ON s.oid = ft.ftserver) AS f ON f.ftrelid = c.oid
    ${joinInheritedChecks(enforced)} ${joinPartComments(triggerParents)} ${joinNeededExtensions("pg_class", "c.oid")}`,
  toObject: toRelation,
}

function toRelation(row: Row, definitions: Definitions): SchemaObject {
  const definition = definitions.of("view", row.oid)
  const { schema, name } = row
  const kind = RELATION_KINDS[row.relkind]!
  const stored = {
    options: some(row.options),
    toastOptions: some(row.toast_options),
    accessMethod: row.access_method,
    tablespace: row.tablespace,
  }
  const shared = { commentsOfParts: some(row.part_comments), dependsOnExtensions: some(row.extensions) }
  if (kind === "view") return { kind, schema, name, facts: { definition, options: some(row.options), ...shared } }
  if (kind === "materialized_view")
    return { kind, schema, name, facts: { definition, ...stored, replicaIdentity: replicaIdentity(row), ...shared } }
  const { facts, secrets } = hiddenOptions(row.foreign_options)
  return {
    kind,
    schema,
    name,
    facts: {
      persistence: row.persistence === "u" ? "unlogged" : null,
      type: row.type,
      partitionBy: row.partition_key,
      partitionOf: some(row.partition_bound === null ? [] : row.parents),
      bound: row.partition_bound,
      detachPending: row.detaching === true ? "yes" : null,
      inherits: some(row.partition_bound === null ? row.parents : []),
      partitionIndexes: some(row.partition_indexes),
      partitionTriggers: some(row.partition_triggers),
      partitionConstraints: some(row.partition_constraints),
      inheritedChecks: some(row.inherited_checks),
      rowSecurity: row.row_security,
      replicaIdentity: replicaIdentity(row),
      ...stored,
      server: row.foreign_server,
      ...shared,
      ...facts,
    },
    ...secrets,
  }
}

function replicaIdentity({ replica_identity, replica_index }: Row): string | null {
  const labels: Readonly<Record<string, string | null>> = {
    d: null,
    n: "nothing",
    f: "full",
    i: `index ${replica_index ?? "that is gone"}`,
  }
  return labels[replica_identity] ?? null
}
