import type { SchemaObject } from "../model/catalog.ts"
import { notOfExtension, ordered, type Reader, rowsOf, since, WANTED_SCHEMA } from "./reader.ts"
import { RELATION_KINDS } from "./relations.ts"
import { SEQUENCE_COLUMNS, type SequenceRow, sequenceOptions } from "./sequences.ts"

interface Row extends SequenceRow {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly column_type: string
  readonly not_null: boolean
  readonly expression: string | null
  readonly generated: string | null
  readonly identity: string
  readonly collation: string | null
  readonly storage: string | null
  readonly compression: string | null
  readonly statistics: string | null
  readonly options: readonly string[] | null
  readonly parents: readonly { readonly schema: string; readonly name: string }[] | null
}

/** Columns of tables and foreign tables; those of views follow from their definition. */
export const readColumns: Reader = async (context) => {
  const { generatedColumns, compression } = context.gates
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, c.relname::text AS table, c.relkind::text AS relkind, a.attname::text AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS column_type, a.attnotnull AS not_null,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression, ${since(generatedColumns, "a.attgenerated::text")} AS generated,
    a.attidentity::text AS identity, ${SEQUENCE_COLUMNS},
    CASE WHEN a.attcollation <> t.typcollation THEN (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname)
      FROM pg_catalog.pg_collation AS co JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
    CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
    ${since(compression, "NULLIF(a.attcompression::text, '')")} AS compression,
    NULLIF(a.attstattarget, -1)::text AS statistics,
    ARRAY(SELECT option FROM pg_catalog.unnest(a.attoptions) AS option ${ordered("option")}) AS options,
    CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname)
        ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
      JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) END AS parents
  FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_depend AS own ON own.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND own.refobjid = a.attrelid
    AND own.refobjsubid = a.attnum AND own.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND own.deptype = 'i' AND a.attidentity <> ''
  LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = own.objid
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
    AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")}
  ${ordered("n.nspname", "c.relname")}, a.attnum`,
  )
  return rows.map(toColumn)
}

const STORAGE: Readonly<Record<string, string>> = { p: "plain", e: "external", m: "main", x: "extended" }
const COMPRESSION: Readonly<Record<string, string>> = { p: "pglz", l: "lz4" }

function toColumn(row: Row): SchemaObject {
  const { schema, table, name, expression, generated, parents } = row
  return {
    kind: "column",
    schema,
    parent: { kind: RELATION_KINDS[row.relkind]!, name: table },
    name,
    facts: {
      type: row.column_type,
      nullability: row.not_null ? "not null" : "null",
      default: generated ? null : expression,
      generated: generated ? `${expression} ${generated === "v" ? "virtual" : "stored"}` : null,
      identity: identityOf(row),
      collation: row.collation,
      storage: row.storage === null ? null : (STORAGE[row.storage] ?? row.storage),
      compression: row.compression === null ? null : (COMPRESSION[row.compression] ?? row.compression),
      statisticsTarget: row.statistics,
      options: row.options === null || row.options.length === 0 ? null : row.options,
    },
    ...(parents !== null && { inheritedFrom: parents }),
  }
}

// Since 17 a partition has the identity of its parent, before it had none: it is the parent's fact either way.
function identityOf(row: Row): string | null {
  if (row.identity === "" || row.parents !== null) return null
  const options = row.start === null ? "" : sequenceOptions(row)
  return `${row.identity === "a" ? "always" : "by default"}${options === "" ? "" : ` (${options})`}`
}
