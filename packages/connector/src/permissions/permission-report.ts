import type { AskOptions } from "../askable.ts"
import type { Finding, NameList } from "../finding.ts"

export interface CheckPermissionsOptions extends AskOptions {
  /** The schemas to examine. @default every schema except the system's */
  readonly schemas?: readonly string[] | undefined
  /**
   * The required capability: `"catalog"` (CONNECT is enough) or `"usage-and-select"`. Missing privileges are findings of level `fail` with
   * the latter, otherwise `info`. @default "catalog"
   */
  readonly require?: "catalog" | "usage-and-select" | undefined
  /** Excess privileges become findings of level `fail` instead of `warn`. @default false */
  readonly requireLeastPrivilege?: boolean | undefined
}

/** The privileges of a connection's role, gathered in one round trip. */
export interface PermissionReport {
  /** Whether there is no finding of level `fail`. */
  readonly ok: boolean
  /** Summary over all examined schemas: USAGE on each, SELECT on every table, view and sequence in them. */
  readonly usage: boolean
  readonly select: boolean
  /** The capabilities of the role. */
  readonly sufficientFor: {
    /** Reading definitions from pg_catalog by OID, as a schema comparison does: needs only CONNECT. */
    readonly catalogReading: boolean
    /** USAGE and SELECT on everything examined. */
    readonly usageAndSelect: boolean
  }
  readonly role: RolePermissions
  readonly database: DatabasePermissions
  readonly schemas: readonly SchemaPermissions[]
  /** Requested schemas that do not exist. */
  readonly missingSchemas: readonly string[]
  readonly readOnly: ReadOnlyState
  /** What this role cannot see at all: must be reported as hidden, never as absent. */
  readonly hidden: readonly HiddenPart[]
  readonly findings: readonly Finding[]
  /** All GRANTs that the findings suggest, in executable order. */
  readonly grants: readonly string[]
  /** Statements that make future relations readable, too: default privileges of the roles that own the existing ones. */
  readonly futureGrants: readonly string[]
  /** All REVOKEs and ALTERs that the findings suggest. */
  readonly revokes: readonly string[]
  /** Statements that create a separate reading role, if this role owns objects: an owner's privileges cannot be revoked. */
  readonly separateRole: readonly string[]
}

export interface RolePermissions {
  /** current_user */
  readonly name: string
  /** session_user: a pooler may use one role for every user. */
  readonly sessionUser: string
  readonly superuser: boolean
  readonly createDatabase: boolean
  readonly createRole: boolean
  readonly replication: boolean
  readonly bypassRowSecurity: boolean
  /** Whether it inherits the privileges of roles it is a member of without SET ROLE (before 16; since, each membership has its own setting). */
  readonly inherit: boolean
  readonly memberships: readonly RoleMembership[]
}

export interface RoleMembership {
  readonly role: string
  /** Its privileges apply without SET ROLE. */
  readonly inherited: boolean
  /** It can be assumed by SET ROLE, with its attributes (before 16 by any member). */
  readonly settable: boolean
  /**
   * What a reader never needs: attributes, a predefined role, or what only SET ROLE gives, e.g. `"SUPERUSER"`, `"pg_read_all_data"`,
   * `"write privileges"`.
   */
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
  /** Relations without SELECT, except partitions, which are read through their parent. */
  readonly lacking: NameList
  /** Views that grant SELECT but fail: the role whose privileges apply to their tables lacks SELECT. */
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
  /** transaction_read_only at the time of the check. */
  readonly transaction: boolean
  /** default_transaction_read_only */
  readonly byDefault: boolean
  readonly standby: boolean
}

export interface HiddenPart {
  /** e.g. `"pg_user_mapping.umoptions"` */
  readonly what: string
  /** Number of objects with such a part, if it can be counted. */
  readonly count?: number
  readonly why: string
}

/** Whether the schema exists, whether it may be used, and whether everything in it may be read. */
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
