import { quoteIdentifier as q } from "@pgsd/driver"
import type { Finding, FindingLevel, NameList } from "../finding.ts"
import type { PermissionFacts, SchemaFacts } from "./facts.ts"
import type { HiddenPart } from "./permission-report.ts"
import { MOST_NAMES } from "./permissions-query.ts"
import { readingGrants } from "./statements.ts"
import { counted, joined } from "./text.ts"

const NEED = "reading definitions needs neither; reading rows and resolving names do"

/** Privileges that the role lacks for reading. `level` is that of a missing USAGE or SELECT. */
export function readingFindings(facts: PermissionFacts, missing: readonly string[], level: FindingLevel, askedAs: string): Finding[] {
  return [
    connect(facts),
    ...missing.map((name) => missingSchema(name, facts, level)),
    ...facts.schemas.flatMap((schema) => [usage(schema, facts, level), select(schema, facts, level), failing(schema, facts, level)]),
    rowSecurity(facts),
    ...hiddenParts(facts).map(hiddenFinding),
    identity(facts, askedAs),
  ].filter((each) => each !== undefined)
}

function connect({ database, role }: PermissionFacts): Finding | undefined {
  if (database.connect) return undefined
  return {
    id: "database.connect",
    level: "fail",
    found: `role "${role.name}" no longer has CONNECT on database "${database.name}"`,
    why: "this session is unaffected, the next one will be rejected",
    fix: "grant CONNECT",
    statements: [`GRANT CONNECT ON DATABASE ${q(database.name)} TO ${q(role.name)};`],
  }
}

function missingSchema(name: string, facts: PermissionFacts, level: FindingLevel): Finding {
  return {
    id: "schema.missing",
    level: level === "fail" ? "fail" : "warn",
    found: `there is no schema "${name}" in database "${facts.database.name}"`,
    why: "it was requested by name",
    fix: "check the name: it is compared exactly, case-sensitively",
  }
}

function usage(schema: SchemaFacts, facts: PermissionFacts, level: FindingLevel): Finding | undefined {
  if (schema.usage) return undefined
  return {
    id: "schema.usage",
    level,
    found: `role "${facts.role.name}" has no USAGE on schema "${schema.name}"`,
    why: NEED,
    fix: "grant USAGE",
    statements: readingGrants(schema, facts.role.name).slice(0, 1),
  }
}

function select(schema: SchemaFacts, facts: PermissionFacts, level: FindingLevel): Finding | undefined {
  if (schema.lacking.count === 0) return undefined
  return {
    id: "schema.select",
    level,
    found: `role "${facts.role.name}" may not select from ${schema.lacking.count} of ${schema.total} relations in schema "${schema.name}"`,
    why: NEED,
    fix: "grant SELECT",
    objects: { ...schema.lacking, names: schema.lacking.names.map((each) => `${schema.name}.${each}`) },
    statements: readingGrants({ ...schema, usage: true, blindViews: [] }, facts.role.name),
  }
}

function failing(schema: SchemaFacts, facts: PermissionFacts, level: FindingLevel): Finding | undefined {
  const views = failingViews(schema)
  if (views.count === 0) return undefined
  const bases = new Set(schema.blindViews.map((each) => `${each.baseSchema}.${each.base}`))
  return {
    id: "view.fails",
    level,
    found: `${counted(views, "view")} in schema "${schema.name}" cannot be read although SELECT is granted: no SELECT on ${[...bases].slice(0, 3).join(", ")}`,
    why: "a view's tables are read with the privileges of its owner, or of the caller if it is a security_invoker view",
    fix: "grant SELECT on the underlying tables to that role",
    objects: { ...views, names: views.names.map((each) => `${schema.name}.${each}`) },
    statements: readingGrants({ ...schema, usage: true, lackingTables: 0, lackingSequences: 0 }, facts.role.name),
  }
}

export function failingViews(schema: SchemaFacts): NameList {
  const names = [...new Set(schema.blindViews.map((each) => each.view))]
  return { names: names.slice(0, MOST_NAMES), count: names.length }
}

function rowSecurity(facts: PermissionFacts): Finding | undefined {
  const objects = joined(facts, (schema) => schema.rowSecurity)
  if (objects.count === 0) return undefined
  return {
    id: "table.row-security",
    level: "info",
    found: `row-level security may hide rows of ${counted(objects, "table")}`,
    why: "counts and data seen by this role can be incomplete; definitions are never hidden by it",
    objects,
  }
}

/** Parts of definitions that this role cannot see: a NULL there must not be read as "none". */
export function hiddenParts(facts: PermissionFacts): readonly HiddenPart[] {
  const mappings = { what: "pg_user_mapping.umoptions", count: facts.hiddenMappings, why: "options of user mappings can hold passwords" }
  const subscriptions = {
    what: "pg_subscription.subconninfo",
    count: facts.hiddenSubscriptions,
    why: "connection strings of subscriptions can hold passwords",
  }
  return [mappings, subscriptions].filter((each) => each.count > 0)
}

function hiddenFinding(part: HiddenPart): Finding {
  return {
    id: "catalog.hidden",
    level: "info",
    found: `${part.what} is hidden from this role (${part.count} ${part.count === 1 ? "object" : "objects"})`,
    why: `${part.why}: a comparison reports them as hidden, never as absent`,
  }
}

// A pooler may use one role for every user, and a login hook may SET ROLE.
function identity({ role }: PermissionFacts, askedAs: string): Finding | undefined {
  if (role.name === role.sessionUser && (askedAs === "" || askedAs === role.sessionUser)) return undefined
  return {
    id: "role.identity",
    level: "warn",
    found: `connected as "${askedAs === "" ? role.sessionUser : askedAs}", but session_user is "${role.sessionUser}" and current_user is "${role.name}"`,
    why: "the privileges reported are those of current_user",
  }
}
