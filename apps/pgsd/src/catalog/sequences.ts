import type { SchemaObject } from "../model/catalog.ts"
import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

export interface SequenceRow {
  readonly type: string
  readonly start: string
  readonly increment: string
  readonly minimum: string
  readonly maximum: string
  readonly cache: string
  readonly cycle: boolean
}

/** pg_sequence and never pg_sequences: that view locks every sequence, and a position is data. */
export const SEQUENCE_COLUMNS = `pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment,
    s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqcache::text AS cache, s.seqcycle AS cycle`

interface Row extends SequenceRow {
  readonly schema: string
  readonly name: string
  readonly persistence: string
  readonly owner_table: string | null
  readonly owner_column: string | null
}

/** Sequences of identity columns are left out: they are a fact of their column. */
export const readSequences: Reader = async (context) => {
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, c.relname::text AS name, c.relpersistence::text AS persistence, ${SEQUENCE_COLUMNS},
    owner.relname::text AS owner_table, a.attname::text AS owner_column
  FROM pg_catalog.pg_sequence AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_class AS owner ON owner.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.deptype IS DISTINCT FROM 'i' AND c.relpersistence <> 't' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")}
  ${ordered("n.nspname", "c.relname")}`,
  )
  return rows.map(toSequence)
}

function toSequence(row: Row): SchemaObject {
  const { schema, name, persistence, owner_table, owner_column, ...sequence } = row
  return {
    kind: "sequence",
    schema,
    name,
    // A serial column's sequence goes where its table goes.
    ...(owner_table !== null && { parent: { kind: "table", name: owner_table } }),
    facts: {
      ...factsOf(sequence),
      ownedBy: owner_table === null ? null : `${owner_table}.${owner_column}`,
      persistence: persistence === "u" ? "unlogged" : null,
    },
  }
}

function factsOf(row: SequenceRow) {
  return {
    type: row.type,
    start: row.start,
    increment: row.increment,
    minimum: row.minimum,
    maximum: row.maximum,
    cache: row.cache,
    cycle: row.cycle ? "yes" : "no",
  }
}

const RANGES: Readonly<Record<string, readonly [minimum: bigint, maximum: bigint]>> = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
}

/** What of a sequence was not left to the defaults, as CREATE SEQUENCE would say it: `INCREMENT 5 START 10`. */
export function sequenceOptions(row: SequenceRow): string {
  const [least, most] = RANGES[row.type] ?? RANGES.bigint!
  const up = BigInt(row.increment) > 0n
  const minimum = up ? 1n : least
  const maximum = up ? most : -1n
  return [
    row.increment === "1" ? undefined : `INCREMENT ${row.increment}`,
    BigInt(row.minimum) === minimum ? undefined : `MINVALUE ${row.minimum}`,
    BigInt(row.maximum) === maximum ? undefined : `MAXVALUE ${row.maximum}`,
    row.start === (up ? row.minimum : row.maximum) ? undefined : `START ${row.start}`,
    row.cache === "1" ? undefined : `CACHE ${row.cache}`,
    row.cycle ? "CYCLE" : undefined,
  ]
    .filter((each) => each !== undefined)
    .join(" ")
}
