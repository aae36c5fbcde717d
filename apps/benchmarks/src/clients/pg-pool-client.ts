import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import pg from "pg"
import { from, to } from "pg-copy-streams"
import type { Client, ClientOptions, Query, Row } from "./client.ts"
import { copyLines } from "./copy-lines.ts"
import { pgConfig } from "./pg-config.ts"

/** From its documentation: timeouts for connecting and queries, a lifetime, error listeners. */
const BEST = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 5_000,
  idleTimeoutMillis: 30_000,
  maxLifetimeSeconds: 1_800,
  keepAlive: true,
  allowExitOnIdle: true,
}

export function pgPoolClient(options: ClientOptions): Client {
  const { settings, max } = options
  return clientOf(new pg.Pool({ ...pgConfig(options), max, ...(settings === "best" && BEST) }), options)
}

/** The same for a replacement of pg.Pool. */
export function clientOf(pool: pg.Pool, { settings, prepare }: ClientOptions): Client {
  if (settings === "best") {
    pool.on("error", () => undefined)
    pool.on("connect", (client) => void client.on("error", () => undefined))
  }
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    if (!names.has(text)) names.set(text, `statement ${names.size}`)
    return names.get(text)!
  }
  const queryOf =
    (client: pg.Pool | pg.PoolClient): Query =>
    async (text, params) => {
      const values = params as unknown[]
      return (await (prepare === true ? client.query<Row>({ name: nameOf(text), text, values }) : client.query<Row>(text, values))).rows
    }
  const holding = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    try {
      return await work(client)
    } finally {
      client.release()
    }
  }
  const copyFrom: NonNullable<Client["copyFrom"]> = (sql, source) => holding((client) => pipeline(source, client.query(from(sql))))
  return {
    query: queryOf(pool),
    async acquire() {
      const client = await pool.connect()
      return { query: async (sql) => (await client.query<Row>(sql)).rows, release: (error) => client.release(error as Error | undefined) }
    },
    holding,
    queryWithTimeout: (sql, ms) => pool.query({ text: sql, query_timeout: ms } as pg.QueryConfig),
    transaction: (work) =>
      holding(async (client) => {
        await client.query("BEGIN")
        try {
          await work(queryOf(client))
        } catch (error) {
          await client.query("ROLLBACK")
          throw error
        }
        await client.query("COMMIT")
      }),
    copyFrom,
    copyRows: (sql, rows) => copyFrom(sql, Readable.from(copyLines(rows))),
    async copyTo(sql) {
      const client = await pool.connect()
      const stream = client.query(to(sql))
      stream.on("close", () => client.release())
      return stream
    },
    close: () => pool.end(),
  }
}
