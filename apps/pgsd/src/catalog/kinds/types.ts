import type { Fact } from "../../model/catalog.ts"
import { some } from "../attached.ts"
import type { Section } from "../section.ts"
import { commentOf, grantsOf, listOf, notOfExtension, ownerOf, qualified, regName, since, typeName } from "../sql.ts"

const ATTACHED = `${ownerOf("t.typowner")}, ${grantsOf("t.typacl", "T", "t.typowner")}, ${commentOf("pg_type", "t.oid")}`
const FROM = `pg_catalog.pg_type AS t JOIN wanted AS w ON w.oid = t.typnamespace`
const collation = (oid: string) => qualified("pg_collation", "collname", "collnamespace", oid)

interface Named {
  readonly schema: string
  readonly name: string
}

interface EnumRow extends Named {
  readonly labels: readonly string[]
}

export const enums: Section<EnumRow> = {
  name: "enums",
  of: "schemas",
  sql: () => `SELECT w.schema, t.typname::pg_catalog.text AS name,
      ${listOf("e.enumlabel::pg_catalog.text", "pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid", "e.enumsortorder")} AS labels, ${ATTACHED}
    FROM ${FROM} WHERE t.typtype = 'e' AND ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, name, labels }) => ({ kind: "enum", schema, name, facts: { labels } }),
}

interface DomainRow extends Named {
  readonly type: string
  readonly nullability: string
  readonly not_null_name: string | null
  readonly default: string | null
  readonly collation: string | null
  readonly checks: Readonly<Record<string, string>> | null
}

/** The default is printed from its tree: its text (typdefault) is as typed, with the names of that time. */
export const domains: Section<DomainRow> = {
  name: "domains",
  of: "schemas",
  sql: ({
    maintain: from17,
  }) => `SELECT w.schema, t.typname::pg_catalog.text AS name, pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type,
      CASE WHEN t.typnotnull THEN 'not null' ELSE 'null' END AS nullability,
      ${since(from17, "(SELECT n.conname::pg_catalog.text FROM pg_catalog.pg_constraint AS n WHERE n.contypid = t.oid AND n.contype = 'n')")} AS not_null_name,
      pg_catalog.pg_get_expr(t.typdefaultbin, 0) AS default,
      CASE WHEN t.typcollation <> base.typcollation THEN ${collation("t.typcollation")} END AS collation,
      (SELECT pg_catalog.json_object_agg(c.conname, pg_catalog.pg_get_constraintdef(c.oid) ORDER BY c.conname)
        FROM pg_catalog.pg_constraint AS c WHERE c.contypid = t.oid AND c.contype = 'c') AS checks, ${ATTACHED}
    FROM ${FROM} JOIN pg_catalog.pg_type AS base ON base.oid = t.typbasetype
    WHERE t.typtype = 'd' AND ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, name, type, nullability, not_null_name: notNullConstraint, default: value, collation, checks }) => {
    const constraints = Object.entries(checks ?? {}).map(([check, definition]) => [`constraint ${check}`, definition] as const)
    const facts: Record<string, Fact> = {
      type,
      nullability,
      notNullConstraint,
      default: value,
      collation,
      ...Object.fromEntries(constraints),
    }
    return { kind: "domain", schema, name, facts }
  },
}

interface PartRow extends Named {
  readonly parent: string
}

/** A domain's constraints, as objects that can have comments. */
export const domainConstraints: Section<PartRow> = {
  name: "domain constraints",
  of: "schemas",
  sql: () => `SELECT w.schema, t.typname::pg_catalog.text AS parent, c.conname::pg_catalog.text AS name, ${commentOf("pg_constraint", "c.oid")}
    FROM ${FROM} JOIN pg_catalog.pg_constraint AS c ON c.contypid = t.oid WHERE ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, parent, name }) => ({
    kind: "constraint",
    schema,
    parent: { kind: "domain", name: parent },
    name,
    facts: {},
    implied: true,
  }),
}

interface CompositeRow extends Named {
  readonly attributes: readonly string[]
}

/** CREATE TYPE … AS (…), without the row types of tables. */
export const compositeTypes: Section<CompositeRow> = {
  name: "composite types",
  of: "schemas",
  sql: () => `SELECT w.schema, t.typname::pg_catalog.text AS name,
      ${listOf(
        `pg_catalog.concat(pg_catalog.quote_ident(a.attname), ' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attcollation <> at.typcollation THEN ' COLLATE ' || ${collation("a.attcollation")} END)`,
        `pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS at ON at.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`,
        "a.attnum",
      )} AS attributes, ${ATTACHED}
    FROM ${FROM} JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid WHERE c.relkind = 'c' AND ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, name, attributes }) => ({ kind: "composite_type", schema, name, facts: { attributes } }),
}

/** Attributes of composite types, as objects that can have comments. */
export const compositeAttributes: Section<PartRow> = {
  name: "composite attributes",
  of: "schemas",
  sql: () => `SELECT w.schema, t.typname::pg_catalog.text AS parent, a.attname::pg_catalog.text AS name, ${commentOf("pg_class", "c.oid", "a.attnum")}
    FROM ${FROM} JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, parent, name }) => ({
    kind: "column",
    schema,
    parent: { kind: "composite_type", name: parent },
    name,
    facts: {},
    implied: true,
  }),
}

interface RangeRow extends Named {
  readonly subtype: string
  readonly operator_class: string
  readonly collation: string | null
  readonly canonical: string | null
  readonly difference: string | null
  readonly multirange: string | null
}

/** A range type includes its constructors and its multirange type, whose name can be chosen. */
export const rangeTypes: Section<RangeRow> = {
  name: "range types",
  of: "schemas",
  sql: ({ multiranges }) => `SELECT w.schema, t.typname::pg_catalog.text AS name, ${typeName("r.rngsubtype")} AS subtype,
      ${qualified("pg_opclass", "opcname", "opcnamespace", "r.rngsubopc")} AS operator_class, ${collation("r.rngcollation")} AS collation,
      ${regName("regproc", "r.rngcanonical::pg_catalog.oid")} AS canonical, ${regName("regproc", "r.rngsubdiff::pg_catalog.oid")} AS difference,
      ${multiranges ? typeName("r.rngmultitypid") : "NULL"} AS multirange, ${ATTACHED}
    FROM pg_catalog.pg_range AS r JOIN ${FROM} ON t.oid = r.rngtypid WHERE ${notOfExtension("pg_type", "t.oid")}`,
  toObject: ({ schema, name, subtype, operator_class, collation, canonical, difference, multirange }) => ({
    kind: "range_type",
    schema,
    name,
    facts: { subtype, operatorClass: operator_class, collation, canonical, difference, multirange },
  }),
}

interface BaseTypeRow extends Named {
  readonly defined: boolean
  readonly functions: Readonly<Record<string, string | null>>
  readonly settings: readonly string[]
}

/** CREATE TYPE with an input and an output function; a shell type, not yet completed, has none. */
export const baseTypes: Section<BaseTypeRow> = {
  name: "base types",
  of: "schemas",
  sql: (gates) => {
    const functions = [
      ...["typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze"],
      ...(gates.multiranges ? ["typsubscript"] : []),
    ].map((column) => `'${column.slice(3)}', ${regName("regproc", `t.${column}::pg_catalog.oid`)}`)
    const settings = ["length ', t.typlen", "by value ', t.typbyval", "alignment ', t.typalign", "storage ', t.typstorage"]
    const more = [
      "category ', t.typcategory",
      "preferred ', t.typispreferred",
      "delimiter ', t.typdelim",
      "collatable ', t.typcollation <> 0",
    ]
    const parts = [...settings, ...more].map((part) => `pg_catalog.concat('${part})`)
    return `SELECT w.schema, t.typname::pg_catalog.text AS name, t.typisdefined AS defined, pg_catalog.json_build_object(${functions.join(", ")}) AS functions,
      ARRAY[${parts.join(", ")}, pg_catalog.concat('element ', ${typeName("t.typelem")}), pg_catalog.concat('default ', t.typdefault)] AS settings, ${ATTACHED}
    FROM ${FROM} WHERE (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid) OR NOT t.typisdefined)
      AND ${notOfExtension("pg_type", "t.oid")}`
  },
  toObject: ({ schema, name, defined, functions, settings }) => ({
    kind: "base_type",
    schema,
    name,
    facts: defined ? { ...functions, settings: some(settings.filter((each) => !each.endsWith(" "))) } : { state: "shell" },
  }),
}
