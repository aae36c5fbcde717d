import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

interface Row {
  readonly schema: string
  readonly name: string
  readonly labels: readonly string[]
}

export const readEnums: Reader = async (context) => {
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, t.typname::text AS name,
    ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_type", "t.oid")}
  ${ordered("n.nspname", "t.typname")}`,
  )
  return rows.map(({ schema, name, labels }) => ({ kind: "enum", schema, name, facts: { labels } }))
}
