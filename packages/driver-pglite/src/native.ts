import { types } from "node:util"
import type { PGlite } from "@electric-sql/pglite"

const { isPromise, isAsyncFunction } = types

type Method = (...args: unknown[]) => unknown

interface NativeHost {
  /** Something was done on it: what the session was in before is not known any more. */
  used(): void
  /** Why it may no longer be used; undefined while the connection is open. */
  refusal(): Error | undefined
}

/** PGlite itself for what the contract leaves out. Every call on it is work of the session until it has ended. */
export class Native {
  /** What callers get. Methods work on the real one: it has private fields. */
  readonly pglite: PGlite
  readonly #host: NativeHost
  readonly #underWay = new Set<Promise<unknown>>()
  /** One wrapper per method, so that a method stays itself. */
  readonly #methods = new WeakMap<Method, Method>()

  constructor(instance: PGlite, host: NativeHost) {
    this.#host = host
    this.pglite = new Proxy(instance, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === "function" && key !== "constructor" ? this.#methodOf(target, value as Method) : value
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    })
  }

  get busy(): boolean {
    return this.#underWay.size > 0
  }

  /** Resolves when everything in progress has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  #methodOf(instance: PGlite, method: Method): Method {
    const known = this.#methods.get(method)
    if (known !== undefined) return known
    const counted = (...args: unknown[]) => this.#call(instance, method, args)
    this.#methods.set(method, counted)
    return counted
  }

  #call(instance: PGlite, method: Method, args: unknown[]): unknown {
    const refusal = this.#host.refusal()
    // Methods that are not async send nothing to the server, except execProtocolRawSync().
    if (refusal !== undefined && isAsyncFunction(method)) return Promise.reject(refusal)
    if (refusal !== undefined && method === instance.execProtocolRawSync) throw refusal
    const returned = Reflect.apply(method, instance, args)
    if (isPromise(returned)) return this.#counted(returned)
    this.#host.used()
    return returned
  }

  // Its caller is notified after us, so that the status is correct by then.
  #counted(call: Promise<unknown>): Promise<unknown> {
    const ended = call.finally(() => {
      this.#underWay.delete(ended)
      this.#host.used()
    })
    this.#underWay.add(ended)
    return ended
  }
}
