/**
 * One relation of a role to a database. `:reader`, `:owner`, `:group` and `:other` are roles of the set-up, and so is schema `app`
 * (renamed per set-up): the owner's, with a table `orders` (an identity column: one sequence), a view `totals` on it and a function.
 * Everything is done by a superuser.
 */
export interface RoleSetUp {
  readonly fact: string
  /** The first major with the feature under test. */
  readonly from?: number
  /** Options of CREATE ROLE for the reader. @default "" (a plain LOGIN) */
  readonly attributes?: string
  /** After the base exists, before the reader connects. */
  readonly sql?: string
  /** After the reader has connected, as superuser. */
  readonly later?: string
  /** By the reader itself, on its session. */
  readonly session?: string
  /** Connect as this role instead of the reader. */
  readonly as?: "superuser"
  /** It changes something shared by the whole database. @default one database for all */
  readonly ownDatabase?: true
  readonly schemas?: readonly string[]
  readonly require?: "usage-and-select"
  readonly requireLeastPrivilege?: true
  /** The grants of a role that reads rows, before `sql`. @default false */
  readonly reads?: true
  readonly expect: ExpectedReport
}

export interface ExpectedReport {
  readonly usage: boolean
  readonly select: boolean
  /** `level id` of every finding, in order. */
  readonly findings: readonly string[]
  readonly ok?: false
  readonly catalogReading?: false
  /** Names by kind, in schema app unless qualified. */
  readonly lacking?: readonly string[]
  readonly writable?: readonly string[]
  readonly rowSecurity?: readonly string[]
  readonly failingViews?: readonly string[]
  /** Exact statements, where the set-up tests them. */
  readonly grants?: readonly string[]
  readonly revokes?: readonly string[]
  readonly futureGrants?: readonly string[]
  readonly separateRole?: true
  /** What the revokes cannot remove, because an owner always has it. */
  readonly staysAfterRevokes?: readonly string[]
}

/** No excess privilege. */
export const CLEAN = ["ok role.least-privilege"]
export const READS = { usage: true, select: true } as const
export const NO_ROWS = { usage: false, select: false, findings: ["info schema.usage", "info schema.select", ...CLEAN] } as const
