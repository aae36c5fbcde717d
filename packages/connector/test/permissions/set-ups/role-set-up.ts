/**
 * One way a role can stand to a database. `:reader`, `:owner`, `:group` and `:other` are roles of the set-up's own, and so is schema `app`
 * (under a name of its own): the owner's, with a table `orders` (an identity column: one sequence), a view `totals` on it and a function.
 * Everything is done by a superuser.
 */
export interface RoleSetUp {
  readonly fact: string
  /** The first major that has what it is about. */
  readonly from?: number
  /** Words of CREATE ROLE for the reader. @default "" (a plain LOGIN) */
  readonly attributes?: string
  /** After the base is there, before the reader connects. */
  readonly sql?: string
  /** After the reader has connected, as superuser. */
  readonly later?: string
  /** By the reader itself, on its session. */
  readonly session?: string
  /** Connect as this role instead of the reader. */
  readonly as?: "superuser"
  /** It is about something that a whole database shares. @default one database for all */
  readonly ownDatabase?: true
  readonly schemas?: readonly string[]
  readonly require?: "usage-and-select"
  readonly requireLeastPrivilege?: true
  /** Grants that a reader of rows has, before `sql`. @default false */
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
  /** Names, by what they are of, in schema app unless qualified. */
  readonly lacking?: readonly string[]
  readonly writable?: readonly string[]
  readonly rowSecurity?: readonly string[]
  readonly failingViews?: readonly string[]
  /** Exact statements, where they are what the set-up is about. */
  readonly grants?: readonly string[]
  readonly revokes?: readonly string[]
  readonly futureGrants?: readonly string[]
  readonly separateRole?: true
  /** What the revokes cannot end, because it is the owner's by nature. */
  readonly staysAfterRevokes?: readonly string[]
}

/** Nothing too much. */
export const CLEAN = ["ok role.least-privilege"]
export const READS = { usage: true, select: true } as const
export const NO_ROWS = { usage: false, select: false, findings: ["info schema.usage", "info schema.select", ...CLEAN] } as const
