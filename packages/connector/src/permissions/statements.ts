import { quoteIdentifier } from "@pgsd/driver"
import type { CatalogGates } from "../version/gates.ts"
import type { Attributes, Grant, PermissionFacts, SchemaFacts } from "./facts.ts"

/** The role that is suggested if the current one owns objects. */
export const READER = "pgsd_reader"

const q = quoteIdentifier

/** PUBLIC is a keyword rather than a role: a role of that name would be quoted. */
export function granteeText(grantee: string | null): string {
  return grantee === null ? "PUBLIC" : q(grantee)
}

/** GRANTs of USAGE and SELECT on a schema and its existing relations. */
export function readingGrants(schema: SchemaFacts, role: string): readonly string[] {
  const { name, usage, lackingTables, lackingSequences, blindViews } = schema
  const bases = new Map(blindViews.map((each) => [`${q(each.baseSchema)}.${q(each.base)} TO ${q(each.checker)}`, each]))
  return [
    ...(usage ? [] : [`GRANT USAGE ON SCHEMA ${q(name)} TO ${q(role)};`]),
    ...(lackingTables > 0 ? [`GRANT SELECT ON ALL TABLES IN SCHEMA ${q(name)} TO ${q(role)};`] : []),
    ...(lackingSequences > 0 ? [`GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${q(name)} TO ${q(role)};`] : []),
    ...[...bases.keys()].map((each) => `GRANT SELECT ON ${each};`),
  ]
}

/** Default privileges apply to objects that the named role creates: one statement per owner of existing tables. */
export function futureGrants(schema: SchemaFacts, role: string): readonly string[] {
  return schema.tableOwners.map(
    (owner) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${q(owner)} IN SCHEMA ${q(schema.name)} GRANT SELECT ON TABLES TO ${q(role)};`,
  )
}

/** Removes the attributes that are set. */
export function withoutAttributes(role: string, attributes: Attributes): string {
  const words = [
    attributes.superuser && "NOSUPERUSER",
    attributes.createDatabase && "NOCREATEDB",
    attributes.createRole && "NOCREATEROLE",
    attributes.replication && "NOREPLICATION",
    attributes.bypassRowSecurity && "NOBYPASSRLS",
  ].filter((each) => each !== false)
  return `ALTER ROLE ${q(role)} ${words.join(" ")};`
}

/**
 * Revokes the role's own memberships through which `group` is reached, which affects no other role. Since 16 a membership must be revoked
 * as its grantor.
 */
export function leaveGroup(facts: PermissionFacts, group: string, gates: CatalogGates): readonly string[] {
  const paths = facts.memberships.find((each) => each.role === group)?.paths ?? []
  return paths.map(({ via, grantor }) => {
    const by = gates.membershipOptions && grantor !== null ? ` GRANTED BY ${q(grantor)}` : ""
    return `REVOKE ${q(via)} FROM ${q(facts.role.name)}${by};`
  })
}

/** Revokes a privilege at its source: from PUBLIC, from the role, or by revoking the membership that gives it. */
export function revokeFrom(
  facts: PermissionFacts,
  grants: readonly Grant[],
  gates: CatalogGates,
  statement: (grantee: string) => string,
): readonly string[] {
  return grants.flatMap(({ grantee, grantor }) => {
    if (grantee !== null && grantee !== facts.role.name) return leaveGroup(facts, grantee, gates)
    const revoke = statement(granteeText(grantee))
    return [grantor === null ? revoke : `SET ROLE ${q(grantor)}; ${revoke} RESET ROLE;`]
  })
}

/** A role that can read the catalog and, with the last lines, the rows; it owns nothing and can be dropped. */
export function separateRole(facts: PermissionFacts): readonly string[] {
  const role = q(READER)
  const create = `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;`
  return [
    ...(facts.readerExists ? [] : [create]),
    `ALTER ROLE ${role} SET default_transaction_read_only = on;`,
    `ALTER ROLE ${role} SET statement_timeout = '30s';`,
    `ALTER ROLE ${role} SET lock_timeout = '2s';`,
    `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '60s';`,
    `GRANT CONNECT ON DATABASE ${q(facts.database.name)} TO ${role};`,
    ...facts.schemas.flatMap(({ name }) => [
      `GRANT USAGE ON SCHEMA ${q(name)} TO ${role};`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${q(name)} TO ${role};`,
      `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${q(name)} TO ${role};`,
    ]),
  ]
}
