import { firstWord } from "@pgsd/driver"
import type { Statement } from "@pgsd/driver/socket"
import type { RowSet } from "./rows/row-set.ts"

/** The most statements that the server keeps for one connection. */
const MAX_STATEMENTS = 256

/**
 * Statements whose columns cannot change unless the server says so (0A000: a plan that is made anew must have the same result). FETCH,
 * EXECUTE, CALL and the like have the columns of what they happen to name.
 */
const FIXED_COLUMNS: ReadonlySet<string> = new Set(["delete", "insert", "merge", "select", "table", "update", "values", "with"])

/** A named statement of one session. */
export class PreparedStatement {
  readonly name: string
  /** `refused`: its first execution failed, so the server may have it or not. */
  state: "parsing" | "ready" | "refused" = "parsing"
  /** Of its first execution; undefined: it returned no rows. */
  rowSet: RowSet | undefined
  /** The statement that had it parsed, until it is answered. */
  first: Statement | undefined
  readonly #hasFixedColumns: boolean

  constructor(name: string, first: Statement) {
    this.name = name
    this.first = first
    this.#hasFixedColumns = FIXED_COLUMNS.has(firstWord(first.sql))
  }

  /** `rowSet` says all there is to say of the rows of `statement`. */
  isDescribed(statement: Statement): boolean {
    return this.#hasFixedColumns && (this.rowSet === undefined || this.rowSet.types === statement.types)
  }
}

/**
 * What the server has parsed under a name, by its text. The toolkit gives a text another name once the server may have forgotten the old
 * one (DISCARD, DEALLOCATE, a plan that no longer fits).
 */
export class PreparedStatements {
  readonly #statements = new Map<string, PreparedStatement>()

  get(sql: string): PreparedStatement | undefined {
    return this.#statements.get(sql)
  }

  /** `first` has it parsed now. */
  add(name: string, first: Statement): void {
    // To the end, as the youngest.
    this.#statements.delete(first.sql)
    this.#statements.set(first.sql, new PreparedStatement(name, first))
  }

  described(statement: Statement, rowSet: RowSet): void {
    const prepared = this.#statements.get(statement.sql)
    if (prepared?.first === statement) prepared.rowSet = rowSet
  }

  answered(statement: Statement, refused: boolean): void {
    const prepared = this.#statements.get(statement.sql)
    if (prepared?.first !== statement) return
    prepared.first = undefined
    prepared.state = refused ? "refused" : "ready"
  }

  /** Removes the oldest one when there is no room for another. */
  evict(): PreparedStatement | undefined {
    if (this.#statements.size < MAX_STATEMENTS) return undefined
    const [sql, oldest] = this.#statements.entries().next().value!
    this.#statements.delete(sql)
    return oldest
  }
}
