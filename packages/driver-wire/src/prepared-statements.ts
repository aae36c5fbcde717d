import { firstWord } from "@pgsd/driver"
import type { Statement } from "@pgsd/driver/socket"
import type { RowSet } from "./rows/row-set.ts"

/** Maximum number of prepared statements per connection. */
const MAX_STATEMENTS = 256

/**
 * Statements whose columns change only with an error (0A000: a new plan must have the same result). FETCH, EXECUTE, CALL and the like have
 * the columns of the object they name.
 */
const FIXED_COLUMNS: ReadonlySet<string> = new Set(["delete", "insert", "merge", "select", "table", "update", "values", "with"])

/** A prepared statement of one session. */
export class PreparedStatement {
  readonly name: string
  /** `refused`: its first execution failed, so the server may or may not have it. */
  state: "parsing" | "ready" | "refused" = "parsing"
  /** The rows of its first execution; undefined if it returned none. */
  rowSet: RowSet | undefined
  /** The statement that parses it, until it is answered. */
  first: Statement | undefined
  readonly #hasFixedColumns: boolean

  constructor(name: string, first: Statement) {
    this.name = name
    this.first = first
    this.#hasFixedColumns = FIXED_COLUMNS.has(firstWord(first.sql))
  }

  /** `rowSet` describes the rows of `statement`. */
  isDescribed(statement: Statement): boolean {
    return this.#hasFixedColumns && (this.rowSet === undefined || this.rowSet.types === statement.types)
  }
}

/**
 * The statements that the server has prepared, by name. The toolkit gives a text a new name when the server may have lost the old one
 * (DISCARD, DEALLOCATE, a stale plan).
 */
export class PreparedStatements {
  readonly #statements = new Map<string, PreparedStatement>()

  get(sql: string): PreparedStatement | undefined {
    return this.#statements.get(sql)
  }

  /** `first` parses it. */
  add(name: string, first: Statement): void {
    // Reinserted at the end, as the most recent.
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

  /** Removes the oldest entry if the map is full. */
  evict(): PreparedStatement | undefined {
    if (this.#statements.size < MAX_STATEMENTS) return undefined
    const [sql, oldest] = this.#statements.entries().next().value!
    this.#statements.delete(sql)
    return oldest
  }
}
