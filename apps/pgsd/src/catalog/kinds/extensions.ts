import type { Section } from "../section.ts"
import { commentOf, FIRST_OF_USERS, ownerOf } from "../sql.ts"

interface Row {
  readonly name: string
  readonly version: string | null
  readonly schema: string
}

/** plpgsql is in every database, and remains so when it was dropped and created again. */
const BY_USER = `e.oid >= ${FIRST_OF_USERS} AND e.extname <> 'plpgsql'`

/** An extension belongs to the database; with selected schemas, to its schema. What initdb installs (plpgsql) depends on the server's major. */
export const extensions: Section<Row> = {
  name: "extensions",
  of: "schemas",
  sql: () => `SELECT e.extname::pg_catalog.text AS name, CASE WHEN ${BY_USER} THEN e.extversion END AS version,
      n.nspname::pg_catalog.text AS schema, CASE WHEN ${BY_USER} THEN owned.owner END AS owner,
      CASE WHEN ${BY_USER} THEN owned.comment END AS comment
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    CROSS JOIN LATERAL (SELECT ${ownerOf("e.extowner")}, ${commentOf("pg_extension", "e.oid")}) AS owned, given
    WHERE given.chosen IS NULL OR n.nspname = ANY (given.chosen)`,
  toObject: ({ name, version, schema }) => ({
    kind: "extension",
    schema: null,
    name,
    facts: { schema, version },
    ...(version === null && { initial: { owner: true } }),
  }),
}
