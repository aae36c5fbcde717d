import type { AskOptions } from "../askable.ts"
import type { Finding, NameList } from "../finding.ts"

export interface CheckPermissionsOptions extends AskOptions {
  /** The schemas to look at. @default every schema that is not the system's */
  readonly schemas?: readonly string[] | undefined
  /**
   * What the role must be good for: `"catalog"` (CONNECT alone is enough) or `"usage-and-select"`. What is missing for it is a finding of level `fail`, else of level `info`. @default "catalog"
   */
  readonly require?: "catalog" | "usage-and-select" | undefined
  /** Rights beyond need become findings of level `fail` instead of `warn`. @default false */
  readonly requireLeastPrivilege?: boolean | undefined
}

/** What the role of a connection may do, gathered in one round trip. */
export interface PermissionReport {
  /** True without a finding of level `fail`. */
  readonly ok: boolean
  /** Summary over all examined schemas: USAGE on each, SELECT on every table, view and sequence in them. */
  readonly usage: boolean
  readonly select: boolean
  /** For which work the role suffices. */
  readonly sufficientFor: {
    /** Reading definitions from pg_catalog by oid, as a schema comparison does: CONNECT is enough. */
    readonly catalogReading: boolean
    /** USAGE and SELECT on everything looked at. */
    readonly usageAndSelect: boolean
  }
  readonly role: RolePermissions
  readonly database: DatabasePermissions
  readonly schemas: readonly SchemaPermissions[]
  /** Asked for by name, but not there. */
  readonly missingSchemas: readonly string[]
  readonly readOnly: ReadOnlyState
  /** What this role cannot see at all: report it as hidden, never as absent. */
  readonly hidden: readonly HiddenPart[]
  readonly findings: readonly Finding[]
  /** All GRANTs that the findings suggest, in an order that can be run. */
  readonly grants: readonly string[]
  /** What to add so that relations made later can be read too: default privileges of the roles that own today's. */
  readonly futureGrants: readonly string[]
  /** All REVOKEs and ALTERs that the findings suggest. */
  readonly revokes: readonly string[]
  /** Statements that create a separate reading role, when this role owns things: an owner's rights cannot be revoked. */
  readonly separateRole: readonly string[]
}

export interface RolePermissions {
  /** current_user */
  readonly name: string
  /** session_user: a pooler may log every user in as one role. */
  readonly sessionUser: string
  readonly superuser: boolean
  readonly createDatabase: boolean
  readonly createRole: boolean
  readonly replication: boolean
  readonly bypassRowSecurity: boolean
  /** Whether it uses the rights of roles it is a member of without SET ROLE (before 16; since, each membership says so). */
  readonly inherit: boolean
  readonly memberships: readonly RoleMembership[]
}

export interface RoleMembership {
  readonly role: string
  /** Its rights apply at once. */
  readonly inherited: boolean
  /** SET ROLE may take it on, with its attributes (before 16 any member may). */
  readonly settable: boolean
  /** What a reader never needs: attributes, a predefined role, or what only SET ROLE gives, e.g. `"SUPERUSER"`, `"pg_read_all_data"`, `"rights to write"`. */
  readonly dangers: readonly string[]
}

export interface DatabasePermissions {
  readonly name: string
  readonly owner: string
  readonly owned: boolean
  readonly connect: boolean
  readonly create: boolean
  readonly temporary: boolean
}

export interface SchemaPermissions {
  readonly name: string
  readonly owner: string
  readonly owned: boolean
  readonly usage: boolean
  readonly create: boolean
  /** USAGE, and SELECT on every relation in it. */
  readonly select: boolean
  readonly relations: RelationCounts
  /** Relations without SELECT; partitions do not count, they are read through their parent. */
  readonly lacking: NameList
  /** Views that may be selected from but fail when they are: the role that their tables are read as lacks SELECT there. */
  readonly failingViews: NameList
  /** Tables whose row-level security would hide rows from this role. Catalog rows are never hidden. */
  readonly rowSecurity: NameList
  /** Relations on which INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES or TRIGGER is held without ownership. */
  readonly writable: NameList
  readonly ownedRelations: NameList
}

/** Of tables, partitioned tables, views, materialised views, foreign tables and sequences. */
export interface RelationCounts {
  readonly total: number
  readonly selectable: number
  /** Partitions among them. */
  readonly partitions: number
}

export interface ReadOnlyState {
  /** transaction_read_only at the moment of the check. */
  readonly transaction: boolean
  /** default_transaction_read_only */
  readonly byDefault: boolean
  readonly standby: boolean
}

export interface HiddenPart {
  /** e.g. `"pg_user_mapping.umoptions"` */
  readonly what: string
  /** How many objects have such a part, where that can be counted. */
  readonly count?: number
  readonly why: string
}

/** Three different answers, and SELECT on what is inside. */
export interface SchemaAccess {
  readonly schema: string
  readonly exists: boolean
  readonly usage: boolean
  /** USAGE and SELECT on every relation of the schema. */
  readonly select: boolean
  /** exists and usage. */
  readonly ok: boolean
  readonly lacking: NameList
  /** The GRANTs that would make `usage` and `select` true. */
  readonly grants: readonly string[]
}
