import { PostgresQuery } from "./postgres-query.ts"

/** postgres.js' connection, as it hands itself to the option `onexecute`. */
export interface Link {
  execute(query: object): unknown
  /** `release`: by reserve(), until that is called. */
  readonly reserved: { readonly release?: boolean } | null
}

/**
 * What postgres.js writes, in the order of the wire: it collects several statements in one chunk, and begin() alone makes some that no
 * caller ever sees. By identity: statements of two callers may have the same text.
 */
export class WriteOrder {
  readonly #written: object[] = []
  #link: Link | undefined

  /** Everything but a repetition goes through the connection's execute(), which sets the query's `state` just before it writes. */
  attach(link: Link): void {
    const execute = link.execute.bind(link)
    link.execute = (query) => {
      if (!(query instanceof PostgresQuery)) this.#watch(query)
      return execute(query)
    }
    this.#link = link
  }

  /** reserve() has it: nothing of ours is written before it is released. */
  get isReserved(): boolean {
    return this.#link?.reserved?.release === true
  }

  push(query: object): void {
    this.#written.push(query)
  }

  /** The next on the wire. */
  take(): object | undefined {
    return this.#written.shift()
  }

  #watch(query: object): void {
    let state: unknown = null
    const set = (connection: unknown) => {
      state = connection
      this.push(query)
    }
    Object.defineProperty(query, "state", { get: () => state, set, configurable: true, enumerable: true })
  }
}
