/** The most named statements of one connection; further texts are sent unnamed, so that nothing grows without end. */
const MAX_NAMED_STATEMENTS = 256

/**
 * The most names that one connection chooses. postgres.js keeps in memory whatever it has prepared, also what the server has forgotten: on a
 * connection that sees so much DDL statements are sent unnamed from then on.
 */
const MAX_CHOSEN_NAMES = 16_384

/**
 * What the server says of a prepared statement that has to be prepared again, and the function that says it (never localised): it is gone,
 * or its plan no longer fits its tables. Other causes have the same SQLSTATE: 0A000 is whatever is not supported.
 */
const FORGOTTEN: Readonly<Record<string, string>> = {
  "26000": "FetchPreparedStatement",
  "0A000": "RevalidateCachedQuery",
}

/**
 * Did a prepared statement fail only because it has to be prepared again?
 *
 * @param routine of the server's error; undefined where the server says none
 * @param bound BindComplete had come: the statement was being executed, and the error may come from a function in it, which has committed before
 */
export function mustPrepareAgain(sqlState: string | undefined, routine?: string, bound = false): boolean {
  const known = sqlState === undefined ? undefined : FORGOTTEN[sqlState]
  return known !== undefined && !bound && (routine === undefined || routine === known)
}

/** Does a command with this tag take prepared statements away? DISCARD of plans, sequences or temporary tables does not. */
export function takesPrepared(commandTag: string): boolean {
  return commandTag === "DISCARD ALL" || commandTag.startsWith("DEALLOCATE")
}

/** One name for each text that was prepared on a connection; and the names that callers have given. */
export class StatementNames {
  #names = new Map<string, string>()
  /** Texts by the names that callers gave them; undefined: the server may have forgotten it. */
  readonly #given = new Map<string, string | undefined>()
  #count = 0

  /** Undefined when the connection has its fill. */
  nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= MAX_NAMED_STATEMENTS || this.#count >= MAX_CHOSEN_NAMES) return known
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
    if (this.#given.has(name)) this.#given.set(name, undefined)
  }

  /**
   * The server has forgotten some, or one of them failed: all get new names.
   *
   * @returns chosen names that the server may still have, and that must be closed
   */
  forget(): string[] {
    const names = [...this.#names.values()]
    this.#names = new Map()
    for (const name of this.#given.keys()) this.#given.set(name, undefined)
    return names
  }
}
