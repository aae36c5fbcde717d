import { pgDriver } from "@pgsd/driver-pg"
import { PgsdDialect } from "@pgsd/kysely"
import { createConnectionPool } from "@pgsd/pool"
import { CompiledQuery, type Dialect, Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { type Client, type ClientOptions, QUERY_ONLY, type Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

export function kyselyClient(options: ClientOptions): Client {
  return clientOf(new PostgresDialect({ pool: new pg.Pool({ ...pgConfig(options), max: options.max }) }))
}

/** With the dialect of @pgsd/kysely. */
export function pgsdKyselyClient({ max, settings: _, tls: __, prepare: ___, pipelineDepth: ____, ...connection }: ClientOptions): Client {
  const pool = createConnectionPool({ driver: pgDriver(), connection: { ...connection, sslMode: "disable" }, max })
  return clientOf(new PgsdDialect({ pool }))
}

/** Without the query builder: the statement is given as text. */
function clientOf(dialect: Dialect): Client {
  const db = new Kysely<unknown>({ dialect })
  return {
    ...QUERY_ONLY,
    query: async (sql, params = []) => (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...params]))).rows,
    close: () => db.destroy(),
  }
}
