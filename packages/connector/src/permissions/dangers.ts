import type { Attributes, MembershipFacts } from "./facts.ts"

const ATTRIBUTES: readonly (readonly [keyof Attributes, string])[] = [
  ["superuser", "SUPERUSER"],
  ["createDatabase", "CREATEDB"],
  ["createRole", "CREATEROLE"],
  ["replication", "REPLICATION"],
  ["bypassRowSecurity", "BYPASSRLS"],
]

/** Predefined and providers' roles that a reader of schemas never needs, and what they open. */
const ROLES: Readonly<Record<string, string>> = {
  pg_read_all_data: "reads every table, password hashes and connection strings included",
  pg_write_all_data: "writes every table",
  pg_maintain: "may lock and rewrite every table",
  pg_execute_server_program: "runs programs on the server's machine",
  pg_read_server_files: "reads the server's files",
  pg_write_server_files: "writes the server's files",
  pg_signal_backend: "ends other sessions",
  pg_create_subscription: "makes the server connect elsewhere",
  pg_checkpoint: "forces checkpoints",
  rds_superuser: "Amazon RDS's administrator",
  cloudsqlsuperuser: "Google Cloud SQL's administrator",
  azure_pg_admin: "Azure's administrator",
}

/** The attributes that are set, as SQL calls them. */
export function attributesOf(role: Attributes): readonly string[] {
  return ATTRIBUTES.filter(([key]) => role[key]).map(([, word]) => word)
}

/** Why a membership is dangerous; empty when it is not, or when it gives neither rights nor SET ROLE. */
export function dangersOf(membership: MembershipFacts): readonly string[] {
  const { role, inherited, settable } = membership
  const byName = ROLES[role] !== undefined && (inherited || settable) ? [role] : []
  // Attributes are never inherited: SET ROLE alone takes them on.
  return [...byName, ...(settable ? attributesOf(membership) : [])]
}

export function whyDangerous(danger: string): string | undefined {
  return ROLES[danger]
}
