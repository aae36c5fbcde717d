import { type Connection, PgsdError, quoteIdentifier } from "@pgsd/driver"
import type { MockPermissionOptions } from "./connector-shape.ts"
import type {
  MockFinding,
  MockNameList,
  MockPermissionReport,
  MockPreflightReport,
  MockReadOnlyState,
  MockSchemaAccess,
  MockSchemaPermissions,
  MockServerVersion,
} from "./report-shape.ts"

/** The two permissions of a mock. */
export interface MockPermissions {
  /** USAGE on every schema. */
  readonly usage: boolean
  /** SELECT on everything in them. */
  readonly select: boolean
}

/** The mock server as seen by its clients. */
export interface MockServer {
  readonly version: MockServerVersion
  readonly permissions: MockPermissions
  readonly schemas: readonly string[]
}

const NONE: MockNameList = { names: [], count: 0 }
const READ_ONLY: MockReadOnlyState = { transaction: false, byDefault: false, standby: false }
/** The single relation of each of the mock's schemas, if SELECT is missing. */
const RELATION = "a_table"

/** `"14.0"`, `"16.3 (Debian 16.3-1)"`, `"9.6.24"`. */
export function mockVersion(text: string): MockServerVersion {
  const parts = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text)
  if (parts === null)
    throw new PgsdError("PGSD_INVALID_OPTION", `version "${text}" of a mock is not a PostgreSQL version (for example "14.0")`)
  const [first = 0, second = 0, third = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  if (first >= 10) return { text, number: first * 10_000 + second, major: first, minor: second, patch: 0, flavour: "postgresql" }
  return { text, number: first * 10_000 + second * 100 + third, major: first, minor: second, patch: third, flavour: "postgresql" }
}

export function permissionReport(server: MockServer, connection: Connection, options: MockPermissionOptions): MockPermissionReport {
  const { user, database } = connection.info
  const asked = options.schemas ?? server.schemas
  const present = asked.filter((name) => server.schemas.includes(name))
  const missingSchemas = asked.filter((name) => !server.schemas.includes(name))
  const usage = server.permissions.usage && missingSchemas.length === 0
  const select = usage && server.permissions.select
  const findings = findingsOf(server, user, present, missingSchemas, options.require === "usage-and-select")
  return {
    ok: findings.every((finding) => finding.level !== "fail"),
    usage,
    select,
    sufficientFor: { catalogReading: true, usageAndSelect: usage && select },
    role: {
      name: user,
      sessionUser: user,
      superuser: false,
      createDatabase: false,
      createRole: false,
      replication: false,
      bypassRowSecurity: false,
      inherit: true,
      memberships: [],
    },
    database: { name: database, owner: "postgres", owned: false, connect: true, create: false, temporary: true },
    schemas: present.map((name) => schemaPermissions(server, name)),
    missingSchemas,
    readOnly: READ_ONLY,
    hidden: [],
    findings,
    grants: findings.flatMap((finding) => finding.statements ?? []),
    futureGrants: [],
    revokes: [],
    separateRole: [],
  }
}

export function schemaAccess(server: MockServer, connection: Connection, schema: string): MockSchemaAccess {
  if (!server.schemas.includes(schema)) return { schema, exists: false, usage: false, select: false, ok: false, lacking: NONE, grants: [] }
  const { usage, select, lacking } = schemaPermissions(server, schema)
  return { schema, exists: true, usage, select, ok: usage, lacking, grants: grantsFor(server, connection.info.user, schema) }
}

export function preflightReport(server: MockServer, connection: Connection, permissions: MockPermissionReport): MockPreflightReport {
  const { label, user, database, authentication, connectTimeMs } = connection.info
  return {
    ok: permissions.ok,
    label,
    reachable: true,
    findings: permissions.findings,
    connection: { user, database, authentication, connectTimeMs, latencyMs: 0 },
    version: server.version,
    flavour: { flavour: "postgresql", addOns: [], version: server.version },
    support: { level: "full" },
    identity: { databaseOid: 1, database },
    readOnly: READ_ONLY,
    timeouts: { statementTimeout: "0", lockTimeout: "0", idleInTransactionSessionTimeout: "0" },
    capacity: { maxConnections: 100, reservedConnections: 3, roleLimit: -1, databaseLimit: -1 },
    permissions,
    durationMs: 0,
  }
}

function schemaPermissions({ permissions }: MockServer, name: string): MockSchemaPermissions {
  const { usage, select } = permissions
  return {
    name,
    owner: "postgres",
    owned: false,
    usage,
    create: false,
    select: usage && select,
    relations: { total: 1, selectable: select ? 1 : 0, partitions: 0 },
    lacking: select ? NONE : { names: [RELATION], count: 1 },
    failingViews: NONE,
    rowSecurity: NONE,
    writable: NONE,
    ownedRelations: NONE,
  }
}

function findingsOf(
  server: MockServer,
  user: string,
  present: readonly string[],
  missing: readonly string[],
  required: boolean,
): MockFinding[] {
  const { usage, select } = server.permissions
  const level = required ? "fail" : "info"
  const lacks = (id: string, found: string, statement: string): MockFinding => ({ id, level, found, statements: [statement] })
  return [
    ...missing.map(
      (name): MockFinding => ({ id: "schema.missing", level: required ? "fail" : "warn", found: `there is no schema "${name}"` }),
    ),
    ...present.flatMap((name) => [
      ...(usage ? [] : [lacks("schema.usage", `role "${user}" has no USAGE on schema "${name}"`, usageGrant(user, name))]),
      ...(select ? [] : [lacks("schema.select", `role "${user}" may not select from schema "${name}"`, selectGrant(user, name))]),
    ]),
  ]
}

function grantsFor({ permissions }: MockServer, user: string, schema: string): readonly string[] {
  return [...(permissions.usage ? [] : [usageGrant(user, schema)]), ...(permissions.select ? [] : [selectGrant(user, schema)])]
}

function usageGrant(user: string, schema: string): string {
  return `GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${quoteIdentifier(user)};`
}

function selectGrant(user: string, schema: string): string {
  return `GRANT SELECT ON ALL TABLES IN SCHEMA ${quoteIdentifier(schema)} TO ${quoteIdentifier(user)};`
}
