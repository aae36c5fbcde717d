import type { Driver } from "@pgsd/driver"
import { createConnectionPool } from "@pgsd/pool"
import type { Client, ClientOptions, Row } from "./client.ts"

export function pgsdClient(driver: Driver, options: ClientOptions): Client {
  const { host, port, user, password, database, tls, max, pipelineDepth, applicationName, prepare } = options
  const sslMode = tls === true ? "require" : "disable"
  const connection = { host, port, user, password, database, applicationName, sslMode } as const
  const pool = createConnectionPool({ driver, connection, max, pipelineDepth })
  const call = prepare === undefined ? undefined : { prepare }
  return {
    query: async (sql, params) => (await pool.query<Row>(sql, params, call)).rows,
    async acquire() {
      const lease = await pool.acquire()
      return { query: async (sql) => (await lease.query<Row>(sql)).rows, release: (error) => lease.release(error) }
    },
    holding: (work) => pool.use(work),
    queryWithTimeout: (sql, timeoutMs) => pool.query(sql, [], { timeoutMs }),
    transaction: (work) => pool.transaction((tx) => work(async (sql, params) => (await tx.query<Row>(sql, params, call)).rows)),
    copyFrom: async (sql, source) => void (await pool.copyFrom(sql, source)),
    copyRows: async (sql, rows) => void (await pool.copyFrom(sql, rows)),
    copyTo: async (sql) => pool.copyTo(sql),
    close: () => pool.close(),
  }
}
