import type { Driver } from "@pgsd/driver"
import { createConnectionPool } from "@pgsd/pool"
import type { Client, ClientOptions, Row } from "./client.ts"

export function pgsdClient(driver: Driver, { max, pipelineDepth, applicationName, settings: _, ...where }: ClientOptions): Client {
  const pool = createConnectionPool({ driver, connection: { ...where, applicationName, sslMode: "disable" }, max, pipelineDepth })
  return {
    query: async (sql) => (await pool.query<Row>(sql)).rows,
    async acquire() {
      const lease = await pool.acquire()
      return { query: async (sql) => (await lease.query<Row>(sql)).rows, release: (error) => lease.release(error) }
    },
    holding: (work) => pool.use(work),
    giveUp: (sql, timeoutMs) => pool.query(sql, [], { timeoutMs }),
    close: () => pool.close(),
  }
}
