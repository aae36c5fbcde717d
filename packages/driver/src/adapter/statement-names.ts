/** Maximum number of named statements per connection; further texts are sent unnamed, so that nothing grows without limit. */
const MAX_NAMED_STATEMENTS = 256

/**
 * Maximum number of names that one connection generates. postgres.js keeps every prepared statement in memory, even those that the server
 * no longer has: on a connection that sees this much DDL, statements are sent unnamed from then on.
 */
const MAX_CHOSEN_NAMES = 16_384

/**
 * SQLSTATE and routine (never localised) of the errors for a prepared statement that must be prepared again: it no longer exists, or its
 * plan is stale. Other errors share the SQLSTATEs: 0A000 is anything unsupported.
 */
const FORGOTTEN: Readonly<Record<string, string>> = {
  "26000": "FetchPreparedStatement",
  "0A000": "RevalidateCachedQuery",
}

/**
 * Whether a prepared statement failed only because it must be prepared again.
 *
 * @param routine of the server's error; undefined if absent
 * @param bound BindComplete was received: the statement was executing, and the error may come from a function in it, which has committed
 * before
 */
export function mustPrepareAgain(sqlState: string | undefined, routine?: string, bound = false): boolean {
  const known = sqlState === undefined ? undefined : FORGOTTEN[sqlState]
  return known !== undefined && !bound && (routine === undefined || routine === known)
}

/** Whether a command with this tag removes prepared statements. DISCARD of plans, sequences or temporary tables does not. */
export function takesPrepared(commandTag: string): boolean {
  return commandTag === "DISCARD ALL" || commandTag.startsWith("DEALLOCATE")
}

/** A name for each text prepared on a connection, and the names given by callers. */
export class StatementNames {
  #names = new Map<string, string>()
  /** Texts by callers' names; undefined if the server may no longer have the statement. */
  readonly #given = new Map<string, string | undefined>()
  #count = 0

  /** Undefined once the maximum is reached. */
  nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= MAX_NAMED_STATEMENTS || this.#count >= MAX_CHOSEN_NAMES) return known
    const name = `pgsd_${++this.#count}`
    this.#names.set(sql, name)
    return name
  }

  /** Whether the server has this text under this name. */
  isGiven(name: string, sql: string): boolean {
    return this.#given.get(name) === sql
  }

  /** Records a caller's name for a text. @returns a name to close to make room */
  give(name: string, sql: string): string | undefined {
    this.#given.delete(name)
    const [oldest] = this.#given.size < MAX_NAMED_STATEMENTS ? [] : this.#given.keys()
    if (oldest !== undefined) this.#given.delete(oldest)
    this.#given.set(name, sql)
    return oldest
  }

  /** The statement failed: the server may or may not have it. */
  drop(name: string): void {
    if (this.#given.has(name)) this.#given.set(name, undefined)
  }

  /**
   * The server has removed some statements, or one failed: all get new names.
   *
   * @returns generated names that the server may still have, and that must be closed
   */
  forget(): string[] {
    const names = [...this.#names.values()]
    this.#names = new Map()
    for (const name of this.#given.keys()) this.#given.set(name, undefined)
    return names
  }
}
