import { some, yes } from "../attached.ts"
import type { Section } from "../section.ts"
import { classOf, commentOf, FIRST_OF_USERS, listOf, notOfExtension, ownerOf, qualified, regName, typeName, userMade } from "../sql.ts"

interface OperatorRow {
  readonly schema: string
  readonly name: string
  readonly facts: Readonly<Record<string, string | null>>
}

/** Named with their operand types, as `===(integer, integer)`; a prefix operator has one. */
export const operators: Section<OperatorRow> = {
  name: "operators",
  of: "schemas",
  sql: () => `SELECT w.schema, pg_catalog.format('%s(%s)', o.oprname, pg_catalog.concat_ws(', ', ${typeName("o.oprleft")}, ${typeName("o.oprright")})) AS name,
      pg_catalog.json_build_object('function', ${regName("regprocedure", "o.oprcode::pg_catalog.oid")}, 'result', ${typeName("o.oprresult")},
        'commutator', ${regName("regoperator", "o.oprcom")}, 'negator', ${regName("regoperator", "o.oprnegate")},
        'restrict', ${regName("regproc", "o.oprrest::pg_catalog.oid")}, 'join', ${regName("regproc", "o.oprjoin::pg_catalog.oid")},
        'hashes', CASE WHEN o.oprcanhash THEN 'yes' END, 'merges', CASE WHEN o.oprcanmerge THEN 'yes' END) AS facts,
      ${ownerOf("o.oprowner")}, ${commentOf("pg_operator", "o.oid")}
    FROM pg_catalog.pg_operator AS o JOIN wanted AS w ON w.oid = o.oprnamespace WHERE ${notOfExtension("pg_operator", "o.oid")}`,
  toObject: ({ schema, name, facts }) => ({ kind: "operator", schema, name, facts }),
}

interface ClassRow {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly storage: string | null
  readonly default: boolean
  readonly family: string
}

/** An operator class's operators and functions are part of its family. */
export const operatorClasses: Section<ClassRow> = {
  name: "operator classes",
  of: "schemas",
  sql: () => `SELECT w.schema, pg_catalog.format('%s USING %s', o.opcname, am.amname) AS name, ${typeName("o.opcintype")} AS type,
      ${typeName("o.opckeytype")} AS storage, o.opcdefault AS default, ${qualified("pg_opfamily", "opfname", "opfnamespace", "o.opcfamily")} AS family,
      ${ownerOf("o.opcowner")}, ${commentOf("pg_opclass", "o.oid")}
    FROM pg_catalog.pg_opclass AS o JOIN wanted AS w ON w.oid = o.opcnamespace JOIN pg_catalog.pg_am AS am ON am.oid = o.opcmethod
    WHERE ${notOfExtension("pg_opclass", "o.oid")}`,
  toObject: ({ schema, name, type, storage, default: isDefault, family }) => ({
    kind: "operator_class",
    schema,
    name,
    facts: { type, storage, default: yes(isDefault), family },
  }),
}

interface FamilyRow {
  readonly schema: string
  readonly name: string
  readonly operators: readonly string[]
  readonly functions: readonly string[]
}

// What an extension adds to a built-in family depends on its operators and functions, or belongs to its own operator class.
const notOfExtensionClass = (catalog: string) => `NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS part
      WHERE part.classid = ${classOf(catalog)} AND part.objid = m.oid AND part.refclassid = ${classOf("pg_opclass")}
        AND NOT ${notOfExtension("pg_opclass", "part.refobjid")})`
const MEMBER_OPERATORS = listOf(
  `pg_catalog.concat(m.amopstrategy, ' ', m.amopopr::pg_catalog.regoperator, CASE m.amoppurpose WHEN 'o' THEN ' FOR ORDER BY ' || ${qualified("pg_opfamily", "opfname", "opfnamespace", "m.amopsortfamily")} END)`,
  `pg_catalog.pg_amop AS m WHERE m.amopfamily = f.oid AND m.oid >= ${FIRST_OF_USERS} AND ${notOfExtension("pg_operator", "m.amopopr")} AND ${notOfExtensionClass("pg_amop")}`,
)
const MEMBER_FUNCTIONS = listOf(
  `pg_catalog.concat(m.amprocnum, ' (', ${typeName("m.amproclefttype")}, ', ', ${typeName("m.amprocrighttype")}, ') ', m.amproc::pg_catalog.oid::pg_catalog.regprocedure)`,
  `pg_catalog.pg_amproc AS m WHERE m.amprocfamily = f.oid AND m.oid >= ${FIRST_OF_USERS} AND ${notOfExtension("pg_proc", "m.amproc::pg_catalog.oid")} AND ${notOfExtensionClass("pg_amproc")}`,
)

/** Families, and what users have added to built-in ones. */
export const operatorFamilies: Section<FamilyRow> = {
  name: "operator families",
  of: "schemas",
  sql: () => `SELECT * FROM (SELECT n.nspname::pg_catalog.text AS schema, pg_catalog.format('%s USING %s', f.opfname, am.amname) AS name,
      ${MEMBER_OPERATORS} AS operators, ${MEMBER_FUNCTIONS} AS functions,
      w.oid IS NOT NULL AS own,
      CASE WHEN w.oid IS NOT NULL THEN pg_catalog.pg_get_userbyid(f.opfowner)::pg_catalog.text END AS owner, ${commentOf("pg_opfamily", "f.oid")}
    FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_am AS am ON am.oid = f.opfmethod JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
    LEFT JOIN wanted AS w ON w.oid = f.opfnamespace, given
    WHERE ${notOfExtension("pg_opfamily", "f.oid")} AND (w.oid IS NOT NULL OR (given.chosen IS NULL AND n.nspname = 'pg_catalog' AND (
      EXISTS (SELECT FROM pg_catalog.pg_amop AS m WHERE m.amopfamily = f.oid AND m.oid >= ${FIRST_OF_USERS})
      OR EXISTS (SELECT FROM pg_catalog.pg_amproc AS m WHERE m.amprocfamily = f.oid AND m.oid >= ${FIRST_OF_USERS}))))) AS families
    WHERE own OR operators <> '{}' OR functions <> '{}'`,
  toObject: ({ schema, name, operators, functions }) => ({
    kind: "operator_family",
    schema,
    name,
    facts: { operators: some(operators), functions: some(functions) },
  }),
}

interface CastRow {
  readonly name: string
  readonly function: string | null
  readonly context: string
  readonly method: string
}

const CONTEXTS: Readonly<Record<string, string>> = { e: "explicit", a: "assignment", i: "implicit" }
const METHODS: Readonly<Record<string, string>> = { f: "function", i: "input and output", b: "binary coercible" }

/** A range type includes its cast to the multirange (deptype i). */
export const casts: Section<CastRow> = {
  name: "casts",
  of: "database",
  sql: () => `SELECT pg_catalog.concat(${typeName("k.castsource")}, ' AS ', ${typeName("k.casttarget")}) AS name,
      ${regName("regprocedure", "k.castfunc")} AS function, k.castcontext::pg_catalog.text AS context, k.castmethod::pg_catalog.text AS method, ${commentOf("pg_cast", "k.oid")}
    FROM pg_catalog.pg_cast AS k WHERE ${userMade("pg_cast", "k.oid")}`,
  toObject: ({ name, function: by, context, method }) => ({
    kind: "cast",
    schema: null,
    name,
    facts: { function: by, context: CONTEXTS[context] ?? context, method: METHODS[method] ?? method },
  }),
}

interface TransformRow {
  readonly name: string
  readonly from: string | null
  readonly to: string | null
}

export const transforms: Section<TransformRow> = {
  name: "transforms",
  of: "database",
  sql: () => `SELECT pg_catalog.concat(${typeName("t.trftype")}, ' LANGUAGE ', l.lanname) AS name,
      ${regName("regprocedure", "t.trffromsql::pg_catalog.oid")} AS from, ${regName("regprocedure", "t.trftosql::pg_catalog.oid")} AS to, ${commentOf("pg_transform", "t.oid")}
    FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang WHERE ${userMade("pg_transform", "t.oid")}`,
  toObject: ({ name, from, to }) => ({ kind: "transform", schema: null, name, facts: { from, to } }),
}
