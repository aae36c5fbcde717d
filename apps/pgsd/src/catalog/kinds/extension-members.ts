import type { ExtensionMembers } from "../../model/catalog.ts"
import { classOf, listOf } from "../sql.ts"
import { type ExtensionStateRow, extensionStatesOf } from "./extension-states.ts"

/** Catalogs of objects that definitions refer to by name: the columns of name and schema. */
const NAMED = [
  ["pg_type", "typname", "typnamespace"],
  ["pg_proc", "proname", "pronamespace"],
  ["pg_class", "relname", "relnamespace"],
  ["pg_operator", "oprname", "oprnamespace"],
  ["pg_opclass", "opcname", "opcnamespace"],
  ["pg_collation", "collname", "collnamespace"],
  ["pg_ts_config", "cfgname", "cfgnamespace"],
  ["pg_ts_dict", "dictname", "dictnamespace"],
] as const

/** Names of the members that each extension has in its schema, which move with it. */
export const EXTENSION_MEMBERS = extensionMembersQuery()

function extensionMembersQuery(): string {
  const named = NAMED.map(
    ([
      catalog,
      name,
      namespace,
    ]) => `SELECT x.${name}::pg_catalog.text AS name FROM pg_catalog.pg_depend AS d JOIN pg_catalog.${catalog} AS x ON x.oid = d.objid
        WHERE d.refclassid = ${classOf("pg_extension")} AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = ${classOf(catalog)}
          AND x.${namespace} = e.extnamespace`,
  )
  return `SELECT e.extname::pg_catalog.text AS name, n.nspname::pg_catalog.text AS schema, ${listOf("m.name", `(${named.join("\nUNION ")}) AS m`)} AS members
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace`
}

export interface ExtensionMembersRow {
  readonly name: string
  readonly schema: string
  readonly members: readonly string[]
}

export function extensionMembersOf(
  rows: readonly ExtensionMembersRow[],
  states: readonly ExtensionStateRow[],
): Record<string, ExtensionMembers> {
  return Object.fromEntries(rows.map(({ name, schema, members }) => [name, { schema, names: members, ...extensionStatesOf(states, name) }]))
}
