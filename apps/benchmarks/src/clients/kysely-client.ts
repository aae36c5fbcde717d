import { CompiledQuery, Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { type Client, type ClientOptions, QUERY_ONLY, type Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

/** Without the query builder: the statement is given as text. */
export function kyselyClient(options: ClientOptions): Client {
  const pool = new pg.Pool({ ...pgConfig(options), max: options.max })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return {
    ...QUERY_ONLY,
    query: async (sql, params = []) => (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...params]))).rows,
    close: () => db.destroy(),
  }
}
