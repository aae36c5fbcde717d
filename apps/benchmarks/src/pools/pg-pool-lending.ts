import { EventEmitter } from "node:events"
import pg from "pg"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

/** @param settings best: a deadline for callers, no timer per idle connection */
export function pgPoolLending({ max, connectMs, acquireTimeoutMs, settings }: LendingOptions): LendingPool<pg.PoolClient> {
  const opener = new Opener(connectMs)
  const best = settings === "best" ? { connectionTimeoutMillis: 10_000, idleTimeoutMillis: 0 } : {}
  const limit = acquireTimeoutMs === undefined ? {} : { connectionTimeoutMillis: acquireTimeoutMs }
  const pool = new pg.Pool({ max, Client: stubClient(opener) as never, ...best, ...limit })
  return {
    acquire: () => pool.connect(),
    release: (client) => client.release(),
    get opened() {
      return opener.opened
    },
  }
}

/** What pg-pool needs from a client. */
function stubClient(opener: Opener) {
  return class StubClient extends EventEmitter {
    readonly _queryable = true
    readonly _ending = false
    connect(done: (error?: Error) => void): void {
      void opener.open().then(() => done())
    }
    end(done?: () => void): void {
      done?.()
    }
    isConnected(): boolean {
      return true
    }
    ref(): void {}
    unref(): void {}
  }
}
