import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"
import { RELATION_KINDS } from "./relations.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly relkind: string
  readonly name: string
  readonly definition: string
}

/**
 * Primary keys, unique, check, foreign and exclusion constraints. Those that a partition or child has from its parent are the parent's;
 * NOT NULL, a constraint of its own since 18, is a fact of its column.
 */
export const readConstraints: Reader = async (context) => {
  const own = context.gates.partitionedConstraints ? "c.conparentid = 0" : "true"
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, r.relname::text AS table, r.relkind::text AS relkind, c.conname::text AS name,
    pg_catalog.pg_get_constraintdef(c.oid) AS definition
  FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
  WHERE c.contype IN ('p', 'u', 'c', 'f', 'x') AND c.conislocal AND ${own} AND r.relpersistence <> 't'
    AND ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "r.oid")}
  ${ordered("n.nspname", "r.relname", "c.conname")}`,
  )
  return rows.map(({ schema, table, relkind, name, definition }) => ({
    kind: "constraint",
    schema,
    parent: { kind: RELATION_KINDS[relkind]!, name: table },
    name,
    facts: { definition },
  }))
}
