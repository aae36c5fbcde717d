import type { AuthenticationMethod } from "@pgsd/driver"

/** The parts of `@pgsd/connector`'s results that a mock provides. */
export interface MockServerVersion {
  readonly text: string
  readonly number: number
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly flavour: "postgresql"
}

export interface MockServerFlavour {
  readonly flavour: "postgresql"
  readonly addOns: readonly string[]
  readonly version: MockServerVersion
}

export interface MockNameList {
  readonly names: readonly string[]
  readonly count: number
}

export interface MockFinding {
  readonly id: string
  readonly level: "ok" | "info" | "warn" | "fail"
  readonly found: string
  readonly statements?: readonly string[]
}

export interface MockReadOnlyState {
  readonly transaction: boolean
  readonly byDefault: boolean
  readonly standby: boolean
}

export interface MockSchemaAccess {
  readonly schema: string
  readonly exists: boolean
  readonly usage: boolean
  readonly select: boolean
  readonly ok: boolean
  readonly lacking: MockNameList
  readonly grants: readonly string[]
}

export interface MockPermissionReport {
  readonly ok: boolean
  readonly usage: boolean
  readonly select: boolean
  readonly sufficientFor: { readonly catalogReading: boolean; readonly usageAndSelect: boolean }
  readonly role: {
    readonly name: string
    readonly sessionUser: string
    readonly superuser: boolean
    readonly createDatabase: boolean
    readonly createRole: boolean
    readonly replication: boolean
    readonly bypassRowSecurity: boolean
    readonly inherit: boolean
    readonly memberships: readonly never[]
  }
  readonly database: {
    readonly name: string
    readonly owner: string
    readonly owned: boolean
    readonly connect: boolean
    readonly create: boolean
    readonly temporary: boolean
  }
  readonly schemas: readonly MockSchemaPermissions[]
  readonly missingSchemas: readonly string[]
  readonly readOnly: MockReadOnlyState
  readonly hidden: readonly never[]
  readonly findings: readonly MockFinding[]
  readonly grants: readonly string[]
  readonly futureGrants: readonly string[]
  readonly revokes: readonly string[]
  readonly separateRole: readonly string[]
}

export interface MockSchemaPermissions {
  readonly name: string
  readonly owner: string
  readonly owned: boolean
  readonly usage: boolean
  readonly create: boolean
  readonly select: boolean
  readonly relations: { readonly total: number; readonly selectable: number; readonly partitions: number }
  readonly lacking: MockNameList
  readonly failingViews: MockNameList
  readonly rowSecurity: MockNameList
  readonly writable: MockNameList
  readonly ownedRelations: MockNameList
}

export interface MockPreflightReport {
  readonly ok: boolean
  readonly label: string
  readonly reachable: boolean
  readonly findings: readonly MockFinding[]
  readonly connection: {
    readonly user: string
    readonly database: string
    readonly authentication: AuthenticationMethod
    readonly connectTimeMs: number
    readonly latencyMs: number
  }
  readonly version: MockServerVersion
  readonly flavour: MockServerFlavour
  readonly support: { readonly level: "full" }
  readonly identity: { readonly databaseOid: number; readonly database: string }
  readonly readOnly: MockReadOnlyState
  readonly timeouts: {
    readonly statementTimeout: string
    readonly lockTimeout: string
    readonly idleInTransactionSessionTimeout: string
  }
  readonly capacity: {
    readonly maxConnections: number
    readonly reservedConnections: number
    readonly roleLimit: number
    readonly databaseLimit: number
  }
  readonly permissions: MockPermissionReport
  readonly durationMs: number
}
