import type { NameList } from "../finding.ts"

/** A privilege that this grant gives to the session's role. */
export interface Grant {
  /** null is PUBLIC. */
  readonly grantee: string | null
  /** The grantor; null for the owner. */
  readonly grantor: string | null
}

export interface WriteGrant extends Grant {
  readonly sequence: boolean
  readonly privileges: readonly string[]
  /** Only those granted by a role other than the owner. */
  readonly relations: readonly string[]
}

/** The JSON value of permissionsQuery(). */
export interface PermissionFacts {
  readonly role: RoleFacts
  readonly memberships: readonly MembershipFacts[]
  readonly database: {
    readonly name: string
    readonly owner: string
    readonly owned: boolean
    readonly connect: boolean
    readonly create: boolean
    readonly temporary: boolean
    readonly createGrants: readonly Grant[]
  }
  readonly schemas: readonly SchemaFacts[]
  readonly definers: NameList
  readonly hiddenMappings: number
  readonly hiddenSubscriptions: number
  readonly readerExists: boolean
  /** Only on request. */
  readonly systemIdentifier: string | null
  readonly readOnly: { readonly transaction: boolean; readonly byDefault: boolean; readonly standby: boolean }
}

export interface Attributes {
  readonly superuser: boolean
  readonly createDatabase: boolean
  readonly createRole: boolean
  readonly replication: boolean
  readonly bypassRowSecurity: boolean
}

export interface RoleFacts extends Attributes {
  readonly name: string
  readonly sessionUser: string
  /** The bootstrap superuser, created by initdb: it cannot lose SUPERUSER. */
  readonly bootstrap: boolean
  readonly inherit: boolean
}

export interface MembershipFacts extends Attributes {
  readonly role: string
  readonly inherited: boolean
  readonly settable: boolean
  /** With ADMIN OPTION: it may grant the role, even to itself. */
  readonly administered: boolean
  /** Not inherited, and that role may write or create what this one may not. */
  readonly writes: boolean
  /** The role's own memberships that lead there, with the grantor unless it is the bootstrap superuser. */
  readonly paths: readonly { readonly via: string; readonly grantor: string | null }[]
}

export interface SchemaFacts {
  readonly name: string
  readonly owner: string
  readonly owned: boolean
  readonly usage: boolean
  readonly create: boolean
  readonly createGrants: readonly Grant[]
  readonly total: number
  readonly selectable: number
  readonly partitions: number
  readonly lackingTables: number
  readonly lackingSequences: number
  readonly lacking: NameList
  readonly rowSecurity: NameList
  readonly writable: NameList
  readonly ownedRelations: NameList
  readonly tableOwners: readonly string[]
  readonly blindViews: readonly { readonly view: string; readonly baseSchema: string; readonly base: string; readonly checker: string }[]
  readonly writeGrants: readonly WriteGrant[]
}
