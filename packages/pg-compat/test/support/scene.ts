import type { EventEmitter } from "node:events"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, onTestFinished } from "vitest"
import { Pool, type PoolConfig } from "../../src/index.ts"

/** One server for the tests of a file, and pools that end with their test. */
export function scene() {
  let server: PostgresServer | undefined
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())
  return {
    get server(): PostgresServer {
      return server!
    },
    pool(options: PoolConfig = {}): Pool {
      const pool = new Pool({ connectionString: server!.url(), ...options })
      onTestFinished(() => (pool.ending ? undefined : pool.end()))
      return pool
    },
    /** Ends every session but its own; their users notice later. */
    terminateAll(): Promise<unknown> {
      return server!.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      )
    },
  }
}

/** The next event of that name, with its arguments. */
export function next(emitter: EventEmitter, event: string): Promise<unknown[]> {
  return new Promise((resolve) => emitter.once(event, (...values: unknown[]) => resolve(values)))
}

/** Polls until it holds, within five seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 5_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within 5 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
