import { ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

export const readSchemas: Reader = async (context) => {
  const rows = await rowsOf<{ name: string }>(
    context,
    `SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace AS n WHERE ${WANTED_SCHEMA} ${ordered("n.nspname")}`,
  )
  return rows.map(({ name }) => ({ kind: "schema", schema: null, name, facts: {} }))
}
