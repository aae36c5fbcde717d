import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

interface DomainRow {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly not_null: boolean
  readonly default: string | null
  readonly collation: string | null
  readonly checks: readonly string[]
}

export const readDomains: Reader = async (context) => {
  const rows = await rowsOf<DomainRow>(
    context,
    `SELECT n.nspname::text AS schema, t.typname::text AS name, pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type,
    t.typnotnull AS not_null, t.typdefault AS default,
    CASE WHEN t.typcollation <> base.typcollation THEN (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname)
      FROM pg_catalog.pg_collation AS co JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = t.typcollation) END AS collation,
    ARRAY(SELECT pg_catalog.format('%I %s', c.conname, pg_catalog.pg_get_constraintdef(c.oid)) FROM pg_catalog.pg_constraint AS c
      WHERE c.contypid = t.oid AND c.contype = 'c' ${ordered("c.conname")}) AS checks
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_type AS base ON base.oid = t.typbasetype
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  WHERE t.typtype = 'd' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_type", "t.oid")}
  ${ordered("n.nspname", "t.typname")}`,
  )
  return rows.map(({ schema, name, type, not_null, default: value, collation, checks }) => ({
    kind: "domain",
    schema,
    name,
    facts: { type, nullability: not_null ? "not null" : "null", default: value, collation, checks },
  }))
}

interface CompositeRow {
  readonly schema: string
  readonly name: string
  readonly attributes: readonly string[]
}

/** CREATE TYPE … AS (…): the row types of tables are left out. */
export const readCompositeTypes: Reader = async (context) => {
  const rows = await rowsOf<CompositeRow>(
    context,
    `SELECT n.nspname::text AS schema, t.typname::text AS name,
    ARRAY(SELECT pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS attributes
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  WHERE c.relkind = 'c' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_type", "t.oid")}
  ${ordered("n.nspname", "t.typname")}`,
  )
  return rows.map(({ schema, name, attributes }) => ({ kind: "composite_type", schema, name, facts: { attributes } }))
}

interface RangeRow {
  readonly schema: string
  readonly name: string
  readonly subtype: string
  readonly operator_class: string
  readonly collation: string | null
  readonly canonical: string | null
  readonly difference: string | null
}

/** A range type stands for its multirange and its constructors as well. */
export const readRangeTypes: Reader = async (context) => {
  const rows = await rowsOf<RangeRow>(
    context,
    `SELECT n.nspname::text AS schema, t.typname::text AS name, pg_catalog.format_type(r.rngsubtype, NULL) AS subtype,
    (SELECT pg_catalog.format('%I.%I', cn.nspname, o.opcname) FROM pg_catalog.pg_opclass AS o
      JOIN pg_catalog.pg_namespace AS cn ON cn.oid = o.opcnamespace WHERE o.oid = r.rngsubopc) AS operator_class,
    (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation AS co
      JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = r.rngcollation) AS collation,
    NULLIF(r.rngcanonical, 0)::pg_catalog.regproc::text AS canonical, NULLIF(r.rngsubdiff, 0)::pg_catalog.regproc::text AS difference
  FROM pg_catalog.pg_range AS r JOIN pg_catalog.pg_type AS t ON t.oid = r.rngtypid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  WHERE ${WANTED_SCHEMA} AND ${notOfExtension("pg_type", "t.oid")}
  ${ordered("n.nspname", "t.typname")}`,
  )
  return rows.map(({ schema, name, subtype, operator_class, collation, canonical, difference }) => ({
    kind: "range_type",
    schema,
    name,
    facts: { subtype, operatorClass: operator_class, collation, canonical, difference },
  }))
}
