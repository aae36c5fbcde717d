import { types } from "node:util"
import type postgres from "postgres"

type Callable = (...args: unknown[]) => unknown

/** What postgres.js' types do not say of a query: it is sent by the first call of handle(), some microtasks later. */
interface Query extends Promise<unknown> {
  readonly executed: boolean
  handle(): unknown
}

/**
 * postgres.js itself, and whether anything begun on it is not on the wire yet: until then the toolkit, which reads along, takes the
 * connection for one at rest.
 */
export class NativeCalls {
  /** What callers get. */
  readonly sql: postgres.Sql
  readonly #unwritten = new Set<object>()
  /** One wrapper per method, so that a method stays itself. */
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
    return this.#unwritten.size > 0
  }

  /** A statement of postgres.js' own was seen on the wire. */
  written(): void {
    const [oldest] = this.#unwritten
    if (oldest !== undefined) this.#unwritten.delete(oldest)
  }

  #methodOf(sql: postgres.Sql, method: Callable): Callable {
    let watched = this.#methods.get(method)
    if (watched === undefined) {
      watched = (...args) => this.#watched(Reflect.apply(method, sql, args))
      this.#methods.set(method, watched)
    }
    return watched
  }

  #watched(result: unknown): unknown {
    if (isQuery(result)) {
      const { handle } = result
      result.handle = () => {
        if (!result.executed) this.#begins(result)
        return handle.call(result)
      }
    } else if (types.isPromise(result)) this.#begins(result)
    return result
  }

  #begins(call: Promise<unknown>): void {
    this.#unwritten.add(call)
    const ended = () => void this.#unwritten.delete(call)
    // Not its own then(), which sends a query.
    Promise.prototype.then.call(call, ended, ended)
  }
}

function isQuery(value: unknown): value is Query {
  return types.isPromise(value) && typeof (value as Partial<Query>).handle === "function"
}
