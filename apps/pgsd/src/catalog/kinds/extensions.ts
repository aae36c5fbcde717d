import { some } from "../attached.ts"
import type { Section } from "../section.ts"
import { classOf, commentOf, FIRST_OF_USERS, listOf, ownerOf } from "../sql.ts"

interface Row {
  readonly name: string
  readonly version: string | null
  readonly schema: string
  readonly on_its_tables: readonly string[]
}

/** Of the relation `c`. Extensions have relations as members, and never their parts: nothing tells which of these a user made. */
const PARTS = `SELECT 'column' AS kind, a.attname AS name FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
      UNION ALL SELECT 'index', i.relname FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid
      UNION ALL SELECT 'constraint', k.conname FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')
      UNION ALL SELECT CASE g.tgenabled WHEN 'O' THEN 'trigger' ELSE pg_catalog.concat('trigger ', g.tgenabled) END, g.tgname
        FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
      UNION ALL SELECT 'rule', w.rulename FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN'
      UNION ALL SELECT 'policy', p.polname FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid
      UNION ALL SELECT 'statistics', s.stxname FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = c.oid
      UNION ALL SELECT 'row security', 'on' WHERE c.relrowsecurity UNION ALL SELECT 'row security', 'forced' WHERE c.relforcerowsecurity`

/** By name alone: the definitions follow the version, and are printed differently by different majors. The extension's schema can move. */
const ON_ITS_TABLES = listOf(
  "pg_catalog.concat(CASE WHEN c.relnamespace <> e.extnamespace THEN pg_catalog.quote_ident(cn.nspname) || '.' END, pg_catalog.quote_ident(c.relname), ': ', part.kind, ' ', pg_catalog.quote_ident(part.name))",
  `pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.objid JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
      CROSS JOIN LATERAL (${PARTS}) AS part
      WHERE d.refclassid = ${classOf("pg_extension")} AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = ${classOf("pg_class")}`,
)

/** plpgsql is in every database, and remains so when it was dropped and created again. */
const BY_USER = `e.oid >= ${FIRST_OF_USERS} AND e.extname <> 'plpgsql'`

/** An extension belongs to the database; with selected schemas, to its schema. What initdb installs (plpgsql) depends on the server's major. */
export const extensions: Section<Row> = {
  name: "extensions",
  of: "schemas",
  sql: () => `SELECT e.extname::pg_catalog.text AS name, CASE WHEN ${BY_USER} THEN e.extversion END AS version,
      n.nspname::pg_catalog.text AS schema, CASE WHEN ${BY_USER} THEN owned.owner END AS owner,
      CASE WHEN ${BY_USER} THEN owned.comment END AS comment, ${ON_ITS_TABLES} AS on_its_tables
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    CROSS JOIN LATERAL (SELECT ${ownerOf("e.extowner")}, ${commentOf("pg_extension", "e.oid")}) AS owned, given
    WHERE given.chosen IS NULL OR n.nspname = ANY (given.chosen)`,
  toObject: ({ name, version, schema, on_its_tables }) => ({
    kind: "extension",
    schema: null,
    name,
    facts: { schema, version, onItsTables: some(on_its_tables) },
    ...(version === null && { initial: { owner: true } }),
  }),
}
