import type pg from "pg"
import { outside } from "./outside.ts"

/** What the pool needs from its clients in addition to pg.Client. */
export interface MemberClient extends pg.PoolClient {
  /** Its end() was called: it will not be lent again. */
  readonly endedByCaller: boolean
}

type Loose = new (
  config: unknown,
) => {
  query(...args: unknown[]): unknown
  end(...args: unknown[]): unknown
  emit(event: string | symbol, ...values: unknown[]): boolean
  listenerCount(event: string | symbol): number
}

type Callback = (...values: unknown[]) => void

/**
 * Creates the class of a pool's clients: a subclass of pg.Client, or of the caller's subclass, in which an exception from a callback or
 * listener is not treated as a fault of the connection.
 */
export function memberClass(base: typeof pg.Client): new (config: unknown) => MemberClient {
  class PooledClient extends (base as unknown as Loose) {
    endedByCaller = false

    override query(...args: unknown[]): unknown {
      const at = args.findIndex((each) => typeof each === "function")
      if (at !== -1) args[at] = guarded(args[at] as Callback)
      return super.query(...args)
    }

    override end(...args: unknown[]): unknown {
      this.endedByCaller = true
      return super.end(...args)
    }

    override emit(event: string | symbol, ...values: unknown[]): boolean {
      // An "error" event without a listener would end the process; the pool detects the loss itself.
      if (this.listenerCount(event) === 0) return false
      let handled = false
      outside(() => {
        handled = super.emit(event, ...values)
      })
      return handled
    }
  }
  return PooledClient as unknown as new (
    config: unknown,
  ) => MemberClient
}

function guarded(callback: Callback): Callback {
  return (...values) => outside(() => callback(...values))
}
