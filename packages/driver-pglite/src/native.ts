import { types } from "node:util"
import type { PGlite } from "@electric-sql/pglite"
import { messageTexts } from "@pgsd/driver/adapter"

const { isPromise, isAsyncFunction } = types

type Method = (...args: unknown[]) => unknown

interface NativeHost {
  /** A call was made on it, so the state of the session is unknown. @param sql what it executed, or tried to; undefined if unknown */
  used(sql?: string): void
  /** Why it can no longer be used; undefined while the connection is open. */
  refusal(): Error | undefined
}

/** PGlite itself, for what the contract does not cover. Each call on it occupies the session until it ends. */
export class Native {
  /** The proxy for callers. Methods run on the original, which has private fields. */
  readonly pglite: PGlite
  readonly #host: NativeHost
  readonly #underWay = new Set<Promise<unknown>>()
  /** One wrapper per method, so that its identity is stable. */
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

  /** Resolves when all calls in progress have ended. */
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
    // Synchronous methods send nothing to the server, except execProtocolRawSync().
    if (refusal !== undefined && isAsyncFunction(method)) return Promise.reject(refusal)
    if (refusal !== undefined && method === instance.execProtocolRawSync) throw refusal
    const returned = Reflect.apply(method, instance, args)
    if (isPromise(returned)) return this.#counted(returned, sqlOf(args[0]))
    this.#host.used(method === instance.execProtocolRawSync ? sqlOf(args[0]) : undefined)
    return returned
  }

  // The caller is notified after this, so that the status is already correct.
  #counted(call: Promise<unknown>, sql: string | undefined): Promise<unknown> {
    const ended: Promise<unknown> = call.then(
      (result) => {
        this.#underWay.delete(ended)
        this.#host.used(sql)
        return result
      },
      (error: unknown) => {
        this.#underWay.delete(ended)
        this.#host.used(sql)
        throw error
      },
    )
    this.#underWay.add(ended)
    return ended
  }
}

/** The argument of exec() and query(), of the template tag, or messages of the protocol. */
function sqlOf(given: unknown): string | undefined {
  if (typeof given === "string") return given
  if (Array.isArray(given)) return given.join(" ")
  return given instanceof Uint8Array ? messageTexts(given) : undefined
}
