/** The most named statements of one connection; further texts are sent unnamed, so that nothing grows without end. */
const MAX_NAMED_STATEMENTS = 256

/** A named statement that is gone (26000), or whose plan no longer fits its tables (0A000). */
const FORGOTTEN: ReadonlySet<string | undefined> = new Set(["26000", "0A000"])

/** For adapters: did a prepared statement fail only because it has to be prepared again? */
export function mustPrepareAgain(sqlState: string | undefined): boolean {
  return FORGOTTEN.has(sqlState)
}

/** For adapters: do commands with this tag take prepared statements away? */
export function takesPrepared(commandTag: string): boolean {
  return commandTag.startsWith("DISCARD") || commandTag.startsWith("DEALLOCATE")
}

/** For adapters: one name for each text that was prepared on a connection; and the names that callers have given. */
export class StatementNames {
  #names = new Map<string, string>()
  /** Texts by the names that callers gave them. */
  #given = new Map<string, string>()
  #count = 0

  /** Undefined when the connection has its fill. */
  nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= MAX_NAMED_STATEMENTS) return known
    const name = `pgsd_${++this.#count}`
    this.#names.set(sql, name)
    return name
  }

  /** The server has this text under this name. */
  isGiven(name: string, sql: string): boolean {
    return this.#given.get(name) === sql
  }

  /** The server is given this text under this name. @returns one that it is to forget for that */
  give(name: string, sql: string): string | undefined {
    this.#given.delete(name)
    const [oldest] = this.#given.size < MAX_NAMED_STATEMENTS ? [] : this.#given.keys()
    if (oldest !== undefined) this.#given.delete(oldest)
    this.#given.set(name, sql)
    return oldest
  }

  /** It failed: the server may have it or not. */
  drop(name: string): void {
    this.#given.delete(name)
  }

  /** The server has forgotten some (DISCARD, DEALLOCATE), or one of them failed: all get new names. */
  forget(): void {
    this.#names = new Map()
    this.#given = new Map()
  }
}
