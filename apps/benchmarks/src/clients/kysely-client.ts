import { CompiledQuery, Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { type Client, type ClientOptions, QUERY_ALONE, type Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

/** Its own part alone: the statement is written already. */
export function kyselyClient(options: ClientOptions): Client {
  const pool = new pg.Pool({ ...pgConfig(options), max: options.max })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return {
    ...QUERY_ALONE,
    query: async (sql, params = []) => (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...params]))).rows,
    close: () => db.destroy(),
  }
}
