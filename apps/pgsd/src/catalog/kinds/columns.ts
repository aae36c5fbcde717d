import type { SchemaObject } from "../../model/catalog.ts"
import { hiddenOptions, some } from "../attached.ts"
import type { Section } from "../section.ts"
import { classOf, grantsOf, optionList, optionsOf, qualified, since } from "../sql.ts"
import { RELATION_KINDS } from "./relations.ts"
import { SEQUENCE_COLUMNS, type SequenceRow, sequenceOptions } from "./sequences.ts"

interface Row extends Partial<SequenceRow> {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly position: number
  readonly column_type: string
  readonly not_null: boolean
  readonly not_null_name?: string
  readonly not_null_local?: boolean
  readonly not_null_valid?: boolean
  readonly not_null_no_inherit?: boolean
  readonly expression?: string
  readonly generated?: string
  readonly identity: string
  readonly collation?: string
  readonly storage?: string
  readonly compression?: string
  readonly statistics?: string
  readonly options?: readonly string[]
  readonly foreign_options?: Readonly<Record<string, string>>
  readonly inherited_only?: true
  readonly parents?: readonly { readonly schema: string; readonly name: string }[]
}

/** Columns of every relation. Those of a view follow from its definition; only their other properties are compared. */
export const columns: Section<Row> = {
  name: "columns",
  of: "schemas",
  sparse: true,
  sql: ({ generatedColumns, compression, notNullConstraints }) => `SELECT c.schema, c.name AS table, c.relkind::pg_catalog.text AS relkind,
      a.attname::pg_catalog.text AS name, a.attnum AS position, pg_catalog.format_type(a.atttypid, a.atttypmod) AS column_type, a.attnotnull AS not_null,
      ${notNullConstraints ? "nn.conname::pg_catalog.text AS not_null_name, nn.conislocal AS not_null_local, nn.convalidated AS not_null_valid, nn.connoinherit AS not_null_no_inherit," : ""}
      pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression, ${since(generatedColumns, "a.attgenerated::pg_catalog.text")} AS generated,
      a.attidentity::pg_catalog.text AS identity, ${SEQUENCE_COLUMNS},
      CASE WHEN a.attcollation <> t.typcollation THEN ${qualified("pg_collation", "collname", "collnamespace", "a.attcollation")} END AS collation,
      CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::pg_catalog.text END AS storage,
      ${since(compression, "NULLIF(a.attcompression::pg_catalog.text, '')")} AS compression,
      NULLIF(a.attstattarget, -1)::pg_catalog.text AS statistics,
      CASE WHEN a.attoptions IS NOT NULL THEN ${optionList("a.attoptions")} END AS options,
      CASE WHEN a.attfdwoptions IS NOT NULL THEN ${optionsOf("a.attfdwoptions")} END AS foreign_options,
      CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname)
          ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) END AS parents,
      CASE WHEN a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition THEN true END AS inherited_only,
      ${grantsOf("a.attacl", "c", "c.relowner")}, remark.description AS comment
    FROM pg_catalog.pg_attribute AS a JOIN relation AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_description AS remark ON remark.classoid = ${classOf("pg_class")} AND remark.objoid = a.attrelid AND remark.objsubid = a.attnum
    ${notNullConstraints ? "LEFT JOIN pg_catalog.pg_constraint AS nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]" : ""}
    LEFT JOIN pg_catalog.pg_depend AS own ON own.refclassid = ${classOf("pg_class")} AND own.refobjid = a.attrelid
      AND own.refobjsubid = a.attnum AND own.classid = ${classOf("pg_class")} AND own.deptype = 'i' AND a.attidentity <> ''
    LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = own.objid
    WHERE a.attnum > 0 AND NOT a.attisdropped`,
  toObject: toColumn,
}

const STORAGE: Readonly<Record<string, string>> = { p: "plain", e: "external", m: "main", x: "extended" }
const COMPRESSION: Readonly<Record<string, string>> = { p: "pglz", l: "lz4" }

function toColumn(row: Row): SchemaObject {
  const { schema, table, name, position, expression, generated, parents } = row
  const kind = RELATION_KINDS[row.relkind]!
  const { facts, secrets } = hiddenOptions(row.foreign_options ?? null)
  const base = { kind: "column", schema, parent: { kind, name: table }, name, position } as const
  const settings = {
    default: generated ? null : (expression ?? null),
    storage: row.storage === undefined ? null : (STORAGE[row.storage] ?? row.storage),
    compression: row.compression === undefined ? null : (COMPRESSION[row.compression] ?? row.compression),
    statisticsTarget: row.statistics ?? null,
    options: some(row.options ?? null),
  }
  if (kind === "view" || kind === "materialized_view") return { ...base, columnType: row.column_type, facts: settings, implied: true }
  return {
    ...base,
    facts: {
      type: row.column_type,
      nullability: nullabilityOf(row),
      // One inherited from a parent is named after the child's table or as in the parent, depending on how the child was created. It goes with the parent's.
      notNullConstraint: row.not_null_local === true ? (row.not_null_name ?? null) : null,
      generated: generated ? (expression ?? null) : null,
      generatedKind: generated ? (generated === "v" ? "virtual" : "stored") : null,
      identity: identityOf(row),
      declared: row.inherited_only === true ? "by its parent alone" : null,
      collation: row.collation ?? null,
      ...settings,
      ...facts,
    },
    ...secrets,
    ...(parents !== undefined && { inheritedFrom: parents }),
  }
}

function nullabilityOf({ not_null, not_null_valid, not_null_no_inherit }: Row): string {
  if (!not_null) return "null"
  return ["not null", not_null_no_inherit === true ? "no inherit" : "", not_null_valid === false ? "not valid" : ""]
    .filter((each) => each !== "")
    .join(" ")
}

// Since 17 a partition inherits identity from its parent and uses the parent's sequence: it is the parent's fact. One with a sequence is the column's own, as a
// child's with INHERITS, or a partition's before 17.
function identityOf(row: Row): string | null {
  if (row.identity === "" || row.start === undefined) return null
  const options = sequenceOptions(row as SequenceRow, row.column_type)
  return `${row.identity === "a" ? "always" : "by default"}${options === "" ? "" : ` (${options})`}`
}
