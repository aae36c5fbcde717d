import { some, yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, indexStatistics, joinNeededExtensions, optionList, tablespaceOf } from "../sql.ts"
import { CHECKED } from "./parts.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly triggers: readonly string[] | null
  readonly index_options: readonly string[]
  readonly tablespace: string | null
  readonly clustered: boolean | null
  readonly statistics: readonly string[]
  readonly extensions: readonly string[] | null
  readonly valid: boolean | null
}

/**
 * Primary keys, unique, check, foreign and exclusion constraints, with the properties of the underlying index that are not in the definition. Inherited
 * constraints belong to the parent; NOT NULL, a separate constraint since 18, is a fact of its column.
 */
export const constraints: Section<Row> = {
  name: "constraints",
  of: "schemas",
  sql: ({
    partitionedConstraints,
  }) => `SELECT r.schema, r.name AS table, r.relkind::pg_catalog.text AS relkind, k.conname::pg_catalog.text AS name,
      pg_catalog.pg_get_constraintdef(k.oid) AS definition, tr.states AS triggers,
      ${optionList("i.reloptions")} AS index_options, ${tablespaceOf("i.reltablespace")} AS tablespace, x.indisclustered AS clustered, x.indisvalid AS valid,
      ${indexStatistics("i.oid")} AS statistics, needed.extensions,
      ${commentOf("pg_constraint", "k.oid")}
    FROM pg_catalog.pg_constraint AS k JOIN relation AS r ON r.oid = k.conrelid
    LEFT JOIN pg_catalog.pg_index AS x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
    ${joinNeededExtensions("pg_class", "x.indexrelid")}
    LEFT JOIN (SELECT t.tgconstraint, pg_catalog.array_agg(${CHECKED} ORDER BY (${CHECKED}) COLLATE "C") AS states
      FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
      WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O' GROUP BY t.tgconstraint) AS tr ON tr.tgconstraint = k.oid
    WHERE k.contype IN ('p', 'u', 'c', 'f', 'x') AND k.conislocal AND ${partitionedConstraints ? "k.conparentid = 0" : "true"}`,
  toObject: ({ schema, table, relkind, name, definition, ...row }) => ({
    kind: "constraint",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: {
      definition,
      triggers: some(row.triggers),
      indexOptions: some(row.index_options),
      tablespace: row.tablespace,
      validity: row.valid === false ? "invalid" : null,
      clustered: yes(row.clustered),
      statisticsTargets: some(row.statistics),
      dependsOnExtensions: some(row.extensions),
    },
  }),
}
