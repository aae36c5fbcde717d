import { Stream } from "node:stream"
import { types } from "node:util"
import type postgres from "postgres"

type Callable = (...args: unknown[]) => unknown

/** A query of postgres.js, as its types omit it: the first call of handle() sends it, some microtasks later. */
interface Query extends Promise<unknown> {
  readonly executed: boolean
  readonly cursorFn: unknown
  handle(): unknown
  resolve(result: unknown): void
  reject(error: unknown): void
}

/**
 * postgres.js itself, with the calls that have started but are not on the wire yet: until then the toolkit, which observes the wire, would
 * consider the connection idle. A call of several statements (begin()) counts until it ends: postgres.js writes none of ours before.
 */
export class NativeCalls {
  /** The proxy for callers. */
  readonly sql: postgres.Sql
  readonly #pending = new Set<object>()
  /** One wrapper per method, so that its identity is stable. */
  readonly #methods = new WeakMap<Callable, Callable>()

  constructor(sql: postgres.Sql) {
    this.sql = new Proxy(sql, {
      apply: (target, self, args) => this.#watched(Reflect.apply(target as unknown as Callable, self, args)),
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === "function" && key !== "PostgresError" ? this.#methodOf(target, value as Callable) : value
      },
    })
  }

  get pending(): boolean {
    return this.#pending.size > 0
  }

  /** A query of postgres.js' own is on the wire. */
  written(query: object | undefined): void {
    if (query !== undefined) this.#pending.delete(query)
  }

  #methodOf(sql: postgres.Sql, method: Callable): Callable {
    let watched = this.#methods.get(method)
    if (watched === undefined) {
      // A Proxy, because `typed` has functions as properties.
      watched = new Proxy(method, { apply: (target, _, args) => this.#watched(Reflect.apply(target, sql, args)) })
      this.#methods.set(method, watched)
    }
    return watched
  }

  #watched(result: unknown): unknown {
    if (isQuery(result)) this.#watchQuery(result)
    else if (types.isPromise(result)) {
      this.#pending.add(result)
      return result.finally(() => this.#pending.delete(result))
    }
    return result
  }

  /** Not through then(), which would send it and mark its rejection as handled. */
  #watchQuery(query: Query): void {
    const { handle, resolve, reject } = query
    const forget = () => void this.#pending.delete(query)
    query.handle = () => {
      if (query.executed) return handle.call(query)
      this.#pending.add(query)
      const handled = handle.call(query)
      // A cursor may never settle, and replaces resolve() and reject(): it is pending until postgres.js has taken it.
      if (query.cursorFn) Promise.resolve(handled).then(forget, forget)
      return handled
    }
    query.resolve = (value) => {
      this.#pending.delete(query)
      // If the session ends in the same turn, a COPY stream fails before its caller can listen, which would end the process.
      if (value instanceof Stream) value.on("error", () => {})
      resolve(value)
    }
    query.reject = (error) => {
      this.#pending.delete(query)
      reject(error)
    }
  }
}

function isQuery(value: unknown): value is Query {
  return types.isPromise(value) && typeof (value as Partial<Query>).handle === "function"
}
