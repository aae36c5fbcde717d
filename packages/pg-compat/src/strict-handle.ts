import type pg from "pg"

type Listener = (...values: unknown[]) => void

/** Adds a listener. */
const ADDING: ReadonlySet<string> = new Set(["on", "addListener", "once", "prependListener", "prependOnceListener"])
/** Harmless after release: the listeners that they remove are already gone. */
const REMOVING: ReadonlySet<string> = new Set(["off", "removeListener", "removeAllListeners"])

const RELEASED =
  "This client was released to the pool, and its connection may be in use by another caller: await everything that uses a client before release()"

export interface StrictHandle {
  readonly client: pg.PoolClient
  /** From now on nothing reaches the connection through it; listeners added through it are removed. */
  kill(): void
}

/** One borrower's view of a client: all of pg.Client until kill(), and nothing afterwards that could reach the next borrower's session. */
export function strictHandle(native: pg.PoolClient, release: pg.PoolClient["release"]): StrictHandle {
  const added: [event: string, listener: Listener][] = []
  let dead = false
  // Checked at the call: a method may be taken from the client before release() and called afterwards.
  const method =
    (name: string, value: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      if (dead) return REMOVING.has(name) ? client : name === "query" ? refusedQuery(...args) : refused()
      const result = value.apply(native, args)
      if (ADDING.has(name)) added.push([args[0] as string, args[1] as Listener])
      return result === native ? client : result
    }
  const client: pg.PoolClient = new Proxy(native, {
    get(_target, key) {
      if (key === "release") return release
      const value: unknown = Reflect.get(native, key, native)
      if (typeof value !== "function" || typeof key !== "string" || key === "constructor") return value
      return method(key, value as (...args: unknown[]) => unknown)
    },
    // A property that a library sets on a client belongs to the connection, as in pg.
    set(_target, key, value) {
      return Reflect.set(native, key, value, native)
    },
  })
  return {
    client,
    kill() {
      dead = true
      for (const [event, listener] of added) native.off(event as never, listener as never)
    },
  }
}

function refused(): never {
  throw new Error(RELEASED)
}

/** In the form of the call: callback, submittable or promise. */
function refusedQuery(...args: unknown[]): unknown {
  const error = new Error(RELEASED)
  const callback = args.find((each) => typeof each === "function") as ((error: Error) => void) | undefined
  const submittable = args[0] as { submit?: unknown; handleError?: (error: Error, connection: unknown) => void } | undefined
  if (callback !== undefined) process.nextTick(callback, error)
  else if (typeof submittable?.submit === "function")
    process.nextTick(() => submittable.handleError?.(error, { sync() {}, close() {}, flush() {} }))
  else return Promise.reject(error)
  return typeof submittable?.submit === "function" ? submittable : undefined
}
