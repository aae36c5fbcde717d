import type { Attributes, MembershipFacts } from "./facts.ts"

const ATTRIBUTES: readonly (readonly [keyof Attributes, string])[] = [
  ["superuser", "SUPERUSER"],
  ["createDatabase", "CREATEDB"],
  ["createRole", "CREATEROLE"],
  ["replication", "REPLICATION"],
  ["bypassRowSecurity", "BYPASSRLS"],
]

/** Predefined and providers' roles that a schema reader never needs, and what they permit. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ["pg_read_all_data", "reads every table, password hashes and connection strings included"],
  ["pg_write_all_data", "writes every table"],
  ["pg_maintain", "may lock and rewrite every table"],
  ["pg_execute_server_program", "runs programs on the server's host"],
  ["pg_read_server_files", "reads the server's files"],
  ["pg_write_server_files", "writes the server's files"],
  ["pg_signal_backend", "terminates other sessions"],
  ["pg_signal_autovacuum_worker", "terminates autovacuum workers"],
  ["pg_use_reserved_connections", "uses the connections reserved for emergencies"],
  ["pg_create_subscription", "makes the server connect elsewhere"],
  ["pg_checkpoint", "forces checkpoints"],
  ["rds_superuser", "Amazon RDS's administrator"],
  ["cloudsqlsuperuser", "Google Cloud SQL's administrator"],
  ["azure_pg_admin", "Azure's administrator"],
])

/** The attributes that are set, by their SQL names. */
export function attributesOf(role: Attributes): readonly string[] {
  return ATTRIBUTES.filter(([key]) => role[key]).map(([, word]) => word)
}

/** Why a membership is dangerous; empty if it is not, or if it gives neither privileges nor access to them. */
export function dangersOf(membership: MembershipFacts): readonly string[] {
  const { role, inherited, settable, administered } = membership
  // Since 16, a member with ADMIN OPTION can grant itself the SET and INHERIT that its membership lacks.
  const reachable = settable || administered
  const byName = ROLES.has(role) && (inherited || reachable) ? [role] : []
  // Attributes are never inherited: only SET ROLE assumes them.
  const attributes = reachable ? attributesOf(membership) : []
  // Inherited privileges are reported as this role's own; a name or SUPERUSER says as much.
  const writes = membership.writes && reachable && byName.length === 0 && !membership.superuser
  return [...byName, ...attributes, ...(writes ? ["write privileges"] : [])]
}

export function whyDangerous(danger: string): string | undefined {
  return ROLES.get(danger)
}
