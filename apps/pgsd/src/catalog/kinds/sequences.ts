import { type Facts, OF_IDENTITY, type SchemaObject } from "../../model/catalog.ts"
import type { Section } from "../section.ts"
import { classOf, commentOf, grantsOf, notOfExtension, ownerOf } from "../sql.ts"
import { RELATION_KINDS } from "./relations.ts"

export interface SequenceRow {
  readonly type: string
  readonly start: string
  readonly increment: string
  readonly minimum: string
  readonly maximum: string
  readonly cache: string
  readonly cycle: boolean
}

/** pg_sequence and never pg_sequences: that view locks every sequence, and the position is data. */
export const SEQUENCE_COLUMNS = `pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart::pg_catalog.text AS start, s.seqincrement::pg_catalog.text AS increment,
    s.seqmin::pg_catalog.text AS minimum, s.seqmax::pg_catalog.text AS maximum, s.seqcache::pg_catalog.text AS cache, s.seqcycle AS cycle`

interface Row extends SequenceRow {
  readonly schema: string
  readonly name: string
  readonly persistence: string
  readonly owner_table: string | null
  readonly owner_column: string | null
}

/** The owner of the sequence `c`: `deptype` a for a serial column or OWNED BY, i for an identity column. */
const FROM = `pg_catalog.pg_sequence AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid JOIN wanted AS w ON w.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = ${classOf("pg_class")} AND d.objid = c.oid
      AND d.refclassid = ${classOf("pg_class")} AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_catalog.pg_class AS owner ON owner.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid`
const ATTACHED = `${grantsOf("c.relacl", "s", "c.relowner")}, ${commentOf("pg_class", "c.oid")}`

export const sequences: Section<Row> = {
  name: "sequences",
  of: "schemas",
  sql: () => `SELECT w.schema, c.relname::pg_catalog.text AS name, c.relpersistence::pg_catalog.text AS persistence, ${SEQUENCE_COLUMNS},
      owner.relname::pg_catalog.text AS owner_table, a.attname::pg_catalog.text AS owner_column, ${ownerOf("c.relowner")}, ${ATTACHED}
    FROM ${FROM} WHERE d.deptype IS DISTINCT FROM 'i' AND c.relpersistence <> 't' AND ${notOfExtension("pg_class", "c.oid")}`,
  toObject: toSequence,
}

interface IdentityRow {
  readonly schema: string
  readonly name: string
  readonly table: string
  readonly relkind: string
  readonly column: string
  readonly persistence: string
}

/** The sequence of an identity column belongs to the column: its options are facts there. It can have its own name, grants and comment. */
export const identitySequences: Section<IdentityRow> = {
  name: "identity sequences",
  of: "schemas",
  sql: () => `SELECT w.schema, c.relname::pg_catalog.text AS name, owner.relname::pg_catalog.text AS table, owner.relkind::pg_catalog.text AS relkind, a.attname::pg_catalog.text AS column,
      CASE WHEN c.relpersistence <> owner.relpersistence THEN c.relpersistence::pg_catalog.text END AS persistence, ${ATTACHED}
    FROM ${FROM} WHERE d.deptype = 'i' AND c.relpersistence <> 't' AND ${notOfExtension("pg_class", "owner.oid")}`,
  toObject: ({ schema, name, table, relkind, column, persistence }) => ({
    kind: "sequence",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name: `${OF_IDENTITY}${column}`,
    facts: { name, persistence: persistence === "u" ? "unlogged" : persistence },
    implied: true,
  }),
}

function toSequence(row: Row): SchemaObject {
  const { schema, name, persistence, owner_table, owner_column } = row
  return {
    kind: "sequence",
    schema,
    name,
    // A serial column's sequence is dropped with its table.
    ...(owner_table !== null && { parent: { kind: "table", name: owner_table } }),
    facts: {
      ...factsOf(row),
      ownedBy: owner_table === null ? null : `${owner_table}.${owner_column}`,
      persistence: persistence === "u" ? "unlogged" : null,
    },
  }
}

function factsOf(row: SequenceRow): Facts {
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

/** The non-default options, as CREATE SEQUENCE would spell them: `INCREMENT 5 START 10`; AS where the type is not the column's. */
export function sequenceOptions(row: SequenceRow, columnType: string): string {
  const [least, most] = RANGES[row.type] ?? RANGES.bigint!
  const up = BigInt(row.increment) > 0n
  const minimum = up ? 1n : least
  const maximum = up ? most : -1n
  return [
    row.type === columnType ? undefined : `AS ${row.type}`,
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
