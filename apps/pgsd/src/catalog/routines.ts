import { ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

interface Row {
  readonly schema: string
  readonly name: string
  readonly procedure: boolean
  readonly definition: string
}

/** Functions (window functions too) and procedures, named with their input types: `f(integer, text[])`. Constructors of a range type are the type's. */
export const readRoutines: Reader = async (context) => {
  const { prokind } = context.gates
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS name,
    ${prokind ? "p.prokind = 'p'" : "false"} AS procedure, pg_catalog.pg_get_functiondef(p.oid) AS definition
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE ${prokind ? "p.prokind <> 'a'" : "NOT p.proisagg"} AND ${WANTED_SCHEMA}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
      WHERE member.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND member.objid = p.oid AND member.deptype IN ('e', 'i'))
  ${ordered("n.nspname", "p.proname", "pg_catalog.oidvectortypes(p.proargtypes)")}`,
  )
  return rows.map(({ schema, name, procedure, definition }) => ({
    kind: procedure ? "procedure" : "function",
    schema,
    name,
    facts: { definition: procedure ? withoutDefaultMode(definition) : definition },
  }))
}

// Since 14 a procedure's arguments are printed with their mode even when it is the default.
function withoutDefaultMode(definition: string): string {
  const [first = "", ...rest] = definition.split("\n")
  return [first.replaceAll(/([(,] ?)IN /g, "$1"), ...rest].join("\n")
}
