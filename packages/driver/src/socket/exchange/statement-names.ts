/** The most named statements of one connection; further texts are sent unnamed, so that nothing grows without end. */
const MAX_NAMED_STATEMENTS = 256

/** One name for each text that was prepared on this connection. */
export class StatementNames {
  #names = new Map<string, string>()
  #count = 0

  /** Undefined when the connection has its fill. */
  nameOf(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= MAX_NAMED_STATEMENTS) return known
    const name = `pgsd_${++this.#count}`
    this.#names.set(sql, name)
    return name
  }

  /** The server has forgotten some (DISCARD, DEALLOCATE), or one of them failed: all get new names. */
  forget(): void {
    this.#names = new Map()
  }
}
