import { quoteIdentifier as q } from "@pgsd/driver"
import type { Finding, FindingLevel } from "../finding.ts"
import type { CatalogGates } from "../version/gates.ts"
import { attributesOf, dangersOf, whyDangerous } from "./dangers.ts"
import type { PermissionFacts, SchemaFacts, WriteGrant } from "./facts.ts"
import { granteeText, leaveGroup, READER, revokeFrom, separateRole, withoutAttributes } from "./statements.ts"
import { counted, joined } from "./text.ts"

const NOT_NEEDED = "reading schemas needs only CONNECT; further privileges are available to mistakes and attackers as well"

/** The least-privilege audit: this role's privileges beyond reading. `level` is that of an excess privilege. */
export function auditRights(facts: PermissionFacts, gates: CatalogGates, level: FindingLevel): Finding[] {
  const findings = [
    attributes(facts, level),
    ...memberships(facts, gates, level),
    ...(facts.role.superuser
      ? []
      : [databaseCreate(facts, gates, level), ...schemaCreate(facts, gates, level), writable(facts, gates, level)]),
    ownership(facts, level),
    definers(facts),
  ].filter((each) => each !== undefined)
  if (findings.some((each) => each.level === level)) return findings
  return [
    { id: "role.least-privilege", level: "ok", found: `role "${facts.role.name}" has no privileges beyond reading here` },
    ...findings,
  ]
}

function attributes(facts: PermissionFacts, level: FindingLevel): Finding | undefined {
  const { role } = facts
  const words = attributesOf(role)
  if (words.length === 0) return undefined
  const fixed = role.bootstrap && role.superuser
  return {
    id: role.superuser ? "role.superuser" : "role.attributes",
    level,
    found: `role "${role.name}" has ${words.join(", ")}`,
    why: NOT_NEEDED,
    fix: fixed
      ? `this is the bootstrap superuser and cannot lose SUPERUSER: use a separate role, "${READER}"`
      : "remove the attributes, or use a separate role",
    statements: fixed ? separateRole(facts) : [withoutAttributes(role.name, role)],
  }
}

function memberships(facts: PermissionFacts, gates: CatalogGates, level: FindingLevel): Finding[] {
  return facts.memberships.flatMap((membership) => {
    const dangers = dangersOf(membership)
    if (dangers.length === 0) return []
    const how = membership.inherited ? "is a member of" : membership.settable ? "may SET ROLE to" : "may grant itself"
    const opens = dangers.map((each) => whyDangerous(each)).find((each) => each !== undefined)
    const words = dangers.filter((each) => each !== membership.role)
    return [
      {
        id: "role.membership",
        level,
        found: `role "${facts.role.name}" ${how} "${membership.role}"${words.length > 0 ? `, which has ${words.join(", ")}` : ""}`,
        why: opens === undefined ? NOT_NEEDED : `that role ${opens}`,
        fix: "end the membership",
        statements: leaveGroup(facts, membership.role, gates),
      },
    ]
  })
}

function databaseCreate(facts: PermissionFacts, gates: CatalogGates, level: FindingLevel): Finding | undefined {
  const { create, owned, name, createGrants } = facts.database
  if (!create || owned) return undefined
  return {
    id: "database.create",
    level,
    found: `role "${facts.role.name}" may create schemas in database "${name}"`,
    why: NOT_NEEDED,
    fix: "revoke CREATE on the database",
    statements: revokeFrom(facts, createGrants, gates, (grantee) => `REVOKE CREATE ON DATABASE ${q(name)} FROM ${grantee};`),
  }
}

function schemaCreate(facts: PermissionFacts, gates: CatalogGates, level: FindingLevel): Finding[] {
  return facts.schemas
    .filter((schema) => schema.create && !schema.owned)
    .map((schema) => {
      const byAll = schema.createGrants.some((each) => each.grantee === null)
      return {
        id: "schema.create",
        level,
        found: `role "${facts.role.name}" may create objects in schema "${schema.name}"${byAll ? ", as every role may" : ""}`,
        why: byAll && schema.name === "public" ? "before 15, every role may create in public unless that is revoked" : NOT_NEEDED,
        fix: byAll ? "revoke CREATE from PUBLIC, which is every role" : "revoke CREATE on the schema",
        statements: revokeFrom(
          facts,
          schema.createGrants,
          gates,
          (grantee) => `REVOKE CREATE ON SCHEMA ${q(schema.name)} FROM ${grantee};`,
        ),
      }
    })
}

function writable(facts: PermissionFacts, gates: CatalogGates, level: FindingLevel): Finding | undefined {
  const objects = joined(facts, (schema) => schema.writable)
  if (objects.count === 0) return undefined
  return {
    id: "relation.write",
    level,
    found: `role "${facts.role.name}" can write ${counted(objects, "relation")}`,
    why: NOT_NEEDED,
    fix: "revoke the write privileges",
    objects,
    statements: unique(facts.schemas.flatMap((schema) => writeRevokes(facts, schema, gates))),
  }
}

function writeRevokes(facts: PermissionFacts, schema: SchemaFacts, gates: CatalogGates): readonly string[] {
  return schema.writeGrants.flatMap((grant) => {
    const objects = writeObjects(schema.name, grant)
    return revokeFrom(facts, [grant], gates, (from) => `REVOKE ${grant.privileges.join(", ")} ON ${objects} FROM ${from};`)
  })
}

// A grantor other than the owner may have no grant on the schema's other relations.
function writeObjects(schema: string, { sequence, grantor, relations }: WriteGrant): string {
  if (grantor === null) return `ALL ${sequence ? "SEQUENCES" : "TABLES"} IN SCHEMA ${q(schema)}`
  return `${sequence ? "SEQUENCE" : "TABLE"} ${relations.map((each) => `${q(schema)}.${q(each)}`).join(", ")}`
}

function ownership(facts: PermissionFacts, level: FindingLevel): Finding | undefined {
  const relations = joined(facts, (schema) => schema.ownedRelations)
  const schemas = facts.schemas.filter((schema) => schema.owned).map((schema) => schema.name)
  const owns = [
    ...(facts.database.owned ? [`database "${facts.database.name}"`] : []),
    ...(schemas.length > 0 ? [counted({ names: schemas, count: schemas.length }, "schema")] : []),
    ...(relations.count > 0 ? [counted(relations, "relation")] : []),
  ]
  if (owns.length === 0) return undefined
  return {
    id: "role.owner",
    level,
    found: `role "${facts.role.name}" owns ${owns.join("; ")}`,
    why: "an owner's privileges cannot be revoked: it may change and drop what it owns",
    fix: `use a separate role, "${READER}" (give it a password with \\password)`,
    ...(relations.count > 0 && { objects: relations }),
    statements: separateRole(facts),
  }
}

function definers(facts: PermissionFacts): Finding | undefined {
  const { definers: objects } = facts
  if (objects.count === 0) return undefined
  return {
    id: "function.security-definer",
    level: "info",
    found: `role "${facts.role.name}" may call ${counted(objects, "function")} that ${objects.count === 1 ? "runs" : "run"} as a superuser`,
    why: "a SECURITY DEFINER function of a superuser can lead to more privileges",
    fix: `revoke EXECUTE from ${granteeText(null)} if only some roles need it`,
    objects,
  }
}

function unique(statements: readonly string[]): readonly string[] {
  return [...new Set(statements)]
}
