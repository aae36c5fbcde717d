import type { Section } from "../section.ts"
import { commentOf, grantee, listOf } from "../sql.ts"

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

export const policies: Section<Row> = {
  name: "policies",
  of: "schemas",
  sql: () => `SELECT c.schema, c.name AS table, p.polname::pg_catalog.text AS name, p.polcmd::pg_catalog.text AS command, p.polpermissive AS permissive,
      ${listOf(grantee("r.role"), "pg_catalog.unnest(p.polroles) AS r (role)")} AS roles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check, ${commentOf("pg_policy", "p.oid")}
    FROM pg_catalog.pg_policy AS p JOIN relation AS c ON c.oid = p.polrelid`,
  toObject: ({ schema, table, name, command, permissive, roles, using, check }) => ({
    kind: "policy",
    schema,
    parent: { kind: "table", name: table },
    name,
    facts: { mode: permissive ? "permissive" : "restrictive", for: COMMANDS[command] ?? command, to: roles, using, withCheck: check },
  }),
}
