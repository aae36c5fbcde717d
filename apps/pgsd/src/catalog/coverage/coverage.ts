/** Why a column makes no difference between two databases. */
export const REASONS = {
  oid: "an oid is another number in every database; what it points to is compared by name",
  derived: "follows from other columns that are compared",
  statistics: "statistics and estimates, which follow from data",
  storage: "where and how the rows are kept, which follows from data and maintenance",
  position: "the order of columns, and gaps that dropped ones left",
  state: "state of something that runs, or a moment in time",
  server: "chosen by the server, the same for every object of its kind and version",
  cluster: "belongs to the cluster: the same for every database in it",
  environment: "chosen when the database was created: shown when it differs, but not a difference of the schema",
  data: "data",
} as const

export type Reason = keyof typeof REASONS

/**
 * How each column of a catalog is treated. A column in none of the lists fails a test: it is new in PostgreSQL and has to be classified.
 */
export interface Coverage {
  /** The first major with the catalog, when it is newer than 12. */
  readonly since?: number
  /** Named in a reader's SQL: the column, and the `kind.fact` that it becomes (`*`: of every kind that has it). */
  readonly compared?: Readonly<Record<string, string>>
  /** Printed by a server function that a reader calls: the function, `kind.fact`, the columns. */
  readonly printed?: readonly (readonly [by: string, fact: string, columns: readonly string[]])[]
  readonly ignored?: Readonly<Partial<Record<Reason, readonly string[]>>>
  /** Exists, is not compared, and is counted in the output: the label of the count, and the columns. */
  readonly counted?: Readonly<Record<string, readonly string[]>>
  /** All of its columns, present and future. */
  readonly whole?: Reason
  /** How the fence identifies its rows; absent when no printing function reads it. */
  readonly fence?: Fence
}

export interface Fence {
  /** The columns that identify a row; the first is an oid. */
  readonly key: string
  /** The relation that a row belongs to: those of temporary ones do not count. */
  readonly relation?: string
  readonly namespace?: string
  readonly since?: number
}
