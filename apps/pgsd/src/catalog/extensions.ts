import { ordered, type Reader, rowsOf } from "./reader.ts"

interface Row {
  readonly name: string
  readonly version: string
  readonly schema: string
}

/** Whatever schemas are chosen: an extension belongs to the database. plpgsql is everywhere and follows the server's major. */
export const readExtensions: Reader = async (context) => {
  const rows = await rowsOf<Row>(
    context,
    `SELECT e.extname::text AS name, e.extversion AS version, n.nspname::text AS schema
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
  WHERE e.extname <> 'plpgsql' AND ($1::pg_catalog.text[] IS NULL OR n.nspname = ANY ($1::pg_catalog.text[]))
  ${ordered("e.extname")}`,
  )
  return rows.map(({ name, version, schema }) => ({ kind: "extension", schema: null, name, facts: { schema, version } }))
}
