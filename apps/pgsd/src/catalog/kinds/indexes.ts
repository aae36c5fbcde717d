import { some, yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, indexStatistics, joinNeededExtensions, notOfExtension, tablespaceOf } from "../sql.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
  readonly valid: boolean
  readonly clustered: boolean
  readonly tablespace: string | null
  readonly statistics: readonly string[]
  readonly extensions: readonly string[] | null
}

const OF_CONSTRAINT = `EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))`
const FROM = `pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN relation AS r ON r.oid = x.indrelid`

/** Indexes that neither implement a constraint nor are inherited by a partition. */
export const indexes: Section<Row> = {
  name: "indexes",
  of: "schemas",
  sql: () => `SELECT r.schema, r.name AS table, r.relkind::pg_catalog.text AS relkind, i.relname::pg_catalog.text AS name,
      pg_catalog.pg_get_indexdef(i.oid) AS definition, x.indisvalid AND x.indisready AND x.indislive AS valid, x.indisclustered AS clustered,
      ${tablespaceOf("i.reltablespace")} AS tablespace,
      ${indexStatistics("i.oid")} AS statistics, needed.extensions, ${commentOf("pg_class", "i.oid")}
    FROM ${FROM} ${joinNeededExtensions("pg_class", "i.oid")} WHERE NOT i.relispartition AND NOT ${OF_CONSTRAINT} AND ${notOfExtension("pg_class", "i.oid")}`,
  toObject: ({ schema, table, relkind, name, definition, valid, clustered, tablespace, statistics, extensions }) => ({
    kind: "index",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: {
      definition,
      validity: valid ? null : "invalid",
      clustered: yes(clustered),
      tablespace,
      statisticsTargets: some(statistics),
      dependsOnExtensions: some(extensions),
    },
  }),
}

/** The index of a key belongs to the constraint, and can have a comment. */
export const keyIndexes: Section<Pick<Row, "schema" | "table" | "relkind" | "name">> = {
  name: "key indexes",
  of: "schemas",
  sql: () => `SELECT r.schema, r.name AS table, r.relkind::pg_catalog.text AS relkind, i.relname::pg_catalog.text AS name, ${commentOf("pg_class", "i.oid")}
    FROM ${FROM} WHERE NOT i.relispartition AND ${OF_CONSTRAINT}`,
  toObject: ({ schema, table, relkind, name }) => ({
    kind: "index",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: {},
    implied: true,
  }),
}
