import { checkOptions, flag, type OptionTable, oneOf } from "@pgsd/driver"
import { ASK_OPTIONS, type Askable, type AskOptions, schemaNames } from "../askable.ts"
import type { FindingLevel } from "../finding.ts"
import { askVersion } from "../version/ask.ts"
import { type CatalogGates, catalogGates } from "../version/gates.ts"
import { auditRights } from "./audit.ts"
import { dangersOf } from "./dangers.ts"
import type { PermissionFacts, SchemaFacts } from "./facts.ts"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess, SchemaPermissions } from "./permission-report.ts"
import { permissionsQuery } from "./permissions-query.ts"
import { failingViews, hiddenParts, readingFindings } from "./reading.ts"
import { futureGrants, readingGrants, separateRole } from "./statements.ts"

export const PERMISSION_OPTIONS: OptionTable<CheckPermissionsOptions> = {
  ...ASK_OPTIONS,
  schemas: schemaNames,
  require: (name: string, value: Requirement) => oneOf(name, value, ["catalog", "usage-and-select"]),
  requireLeastPrivilege: flag,
}

type Requirement = NonNullable<CheckPermissionsOptions["require"]>

/** One round trip, for any number of schemas and relations. */
export async function checkPermissions(askable: Askable, options: CheckPermissionsOptions): Promise<PermissionReport> {
  checkOptions("option of checkPermissions", options, PERMISSION_OPTIONS)
  const gates = catalogGates(await askVersion(askable, options))
  const facts = await askFacts(askable, permissionsQuery(gates), options)
  return permissionReport(facts, options, gates, askable.info.user)
}

/** The result of permissionsQuery(). */
export async function askFacts(askable: Askable, sql: string, options: CheckPermissionsOptions): Promise<PermissionFacts> {
  const { schemas = null, signal, timeoutMs } = options
  const { rows } = await askable.query<{ report: PermissionFacts }>(sql, [schemas], { signal, timeoutMs })
  return rows[0]!.report
}

/** The report of a set of facts, without a round trip. */
export function permissionReport(
  facts: PermissionFacts,
  options: CheckPermissionsOptions,
  gates: CatalogGates,
  askedAs: string,
): PermissionReport {
  const wantsRows = options.require === "usage-and-select"
  const tooMany: FindingLevel = options.requireLeastPrivilege === true ? "fail" : "warn"
  const present = new Set(facts.schemas.map((schema) => schema.name))
  const missingSchemas = (options.schemas ?? []).filter((name) => !present.has(name))
  const reading = readingFindings(facts, missingSchemas, wantsRows ? "fail" : "info", askedAs)
  const findings = [...reading, ...auditRights(facts, gates, tooMany)]
  const schemas = facts.schemas.map(schemaPermissions)
  const usage = missingSchemas.length === 0 && schemas.every((schema) => schema.usage)
  const select = missingSchemas.length === 0 && schemas.every((schema) => schema.select)
  const ownsAnything = findings.some((each) => each.id === "role.owner") || (facts.role.bootstrap && facts.role.superuser)
  const { bootstrap: _, ...role } = facts.role
  const { createGrants: __, ...database } = facts.database
  return {
    ok: findings.every((each) => each.level !== "fail"),
    usage,
    select,
    sufficientFor: { catalogReading: facts.database.connect, usageAndSelect: facts.database.connect && usage && select },
    role: {
      ...role,
      memberships: facts.memberships.map((each) => ({
        role: each.role,
        inherited: each.inherited,
        settable: each.settable,
        dangers: dangersOf(each),
      })),
    },
    database,
    schemas,
    missingSchemas,
    readOnly: facts.readOnly,
    hidden: hiddenParts(facts),
    findings,
    grants: statementsOf(reading),
    futureGrants: facts.schemas.flatMap((schema) => (schema.lacking.count > 0 ? futureGrants(schema, role.name) : [])),
    revokes: statementsOf(findings.filter((each) => !reading.includes(each) && !SEPARATE.has(each.id) && !isBootstrap(facts, each.id))),
    separateRole: ownsAnything ? separateRole(facts) : [],
  }
}

/** Findings whose statements create another role rather than revoke privileges. */
const SEPARATE: ReadonlySet<string> = new Set(["role.owner"])

function isBootstrap(facts: PermissionFacts, id: string): boolean {
  return id === "role.superuser" && facts.role.bootstrap
}

function schemaPermissions(schema: SchemaFacts): SchemaPermissions {
  const { name, owner, owned, usage, create, total, selectable, partitions, lacking, rowSecurity, writable, ownedRelations } = schema
  const failing = failingViews(schema)
  return {
    name,
    owner,
    owned,
    usage,
    create,
    select: usage && lacking.count === 0 && failing.count === 0,
    relations: { total, selectable, partitions },
    lacking,
    failingViews: failing,
    rowSecurity,
    writable,
    ownedRelations,
  }
}

function statementsOf(findings: readonly { readonly statements?: readonly string[] }[]): readonly string[] {
  return [...new Set(findings.flatMap((each) => each.statements ?? []))]
}

/** Whether the schema exists, whether it may be used, and whether everything in it may be read. */
export async function verifySchemaAccess(askable: Askable, name: string, given: AskOptions = {}): Promise<SchemaAccess> {
  checkOptions("option of verifySchemaAccess", given, ASK_OPTIONS)
  const options = { ...given, schemas: schemaNames("schema", [name]) }
  const gates = catalogGates(await askVersion(askable, given))
  const facts = await askFacts(askable, permissionsQuery(gates), options)
  const schema = facts.schemas[0]
  if (schema === undefined)
    return { schema: name, exists: false, usage: false, select: false, ok: false, lacking: { names: [], count: 0 }, grants: [] }
  const { usage, select, lacking } = schemaPermissions(schema)
  return { schema: name, exists: true, usage, select, ok: usage, lacking, grants: readingGrants(schema, facts.role.name) }
}
