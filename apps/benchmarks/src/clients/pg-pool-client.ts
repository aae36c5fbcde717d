import pg from "pg"
import type { Client, ClientOptions, Row } from "./client.ts"

/** Its documentation: limits for connecting and for queries, a lifetime, and listeners for errors. */
const BEST = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 5_000,
  idleTimeoutMillis: 30_000,
  maxLifetimeSeconds: 1_800,
  keepAlive: true,
  allowExitOnIdle: true,
}

export function pgPoolClient({ applicationName, settings, max, host, port, user, password, database }: ClientOptions): Client {
  const options = { host, port, user, password, database, max, application_name: applicationName }
  const pool = new pg.Pool({ ...options, ...(settings === "best" && BEST) })
  if (settings === "best") {
    pool.on("error", () => undefined)
    pool.on("connect", (client) => void client.on("error", () => undefined))
  }
  return {
    query: async (sql) => (await pool.query<Row>(sql)).rows,
    async acquire() {
      const client = await pool.connect()
      return { query: async (sql) => (await client.query<Row>(sql)).rows, release: (error) => client.release(error as Error | undefined) }
    },
    async holding(work) {
      const client = await pool.connect()
      try {
        return await work()
      } finally {
        client.release()
      }
    },
    giveUp: (sql, ms) => pool.query({ text: sql, query_timeout: ms } as pg.QueryConfig),
    close: () => pool.end(),
  }
}
