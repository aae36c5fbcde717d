import { notOfExtension, ordered, type Reader, rowsOf, WANTED_SCHEMA } from "./reader.ts"

interface Row {
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly command: string
  readonly permissive: boolean
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

/** pg_policy.polcmd */
const COMMANDS: Readonly<Record<string, string>> = { r: "select", a: "insert", w: "update", d: "delete", "*": "all" }

export const readPolicies: Reader = async (context) => {
  const rows = await rowsOf<Row>(
    context,
    `SELECT n.nspname::text AS schema, c.relname::text AS table, p.polname::text AS name, p.polcmd::text AS command, p.polpermissive AS permissive,
    ARRAY(SELECT CASE WHEN role = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(role)::text END AS name
      FROM pg_catalog.unnest(p.polroles) AS role ORDER BY 1) AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE ${WANTED_SCHEMA} AND ${notOfExtension("pg_class", "c.oid")}
  ${ordered("n.nspname", "c.relname", "p.polname")}`,
  )
  return rows.map(({ schema, table, name, command, permissive, roles, using, check }) => ({
    kind: "policy",
    schema,
    parent: { kind: "table", name: table },
    name,
    facts: { mode: permissive ? "permissive" : "restrictive", for: COMMANDS[command] ?? command, to: roles, using, withCheck: check },
  }))
}
