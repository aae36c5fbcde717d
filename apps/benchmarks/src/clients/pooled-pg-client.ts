import { createPool } from "generic-pool"
import pg from "pg"
import { Pool } from "tarn"
import type { Client, ClientOptions, Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

interface ClientPool {
  get(): Promise<pg.Client>
  put(client: pg.Client): void
  close(): Promise<void>
}

/** As in tarn's README; `best` as knex uses it: a client that had an error is not lent again. */
export function tarnClient(options: ClientOptions): Client {
  const dead = new WeakSet<pg.Client>()
  const best = options.settings === "best"
  const pool = new Pool<pg.Client>({
    create: () => connect(options, best ? dead : undefined),
    destroy: (client) => client.end(),
    min: 0,
    max: options.max,
    ...(best && {
      validate: (client) => !dead.has(client),
      acquireTimeoutMillis: 5_000,
      createTimeoutMillis: 2_000,
      propagateCreateError: true,
    }),
  })
  return over({
    get: () => pool.acquire().promise,
    put: (client) => void pool.release(client),
    close: () => pool.destroy().then(() => undefined),
  })
}

export function genericClient(options: ClientOptions): Client {
  const factory = { create: () => connect(options, undefined), destroy: (client: pg.Client) => client.end() }
  const pool = createPool(factory, { max: options.max })
  const close = async () => {
    await pool.drain()
    await pool.clear()
  }
  return over({ get: () => pool.acquire() as Promise<pg.Client>, put: (client) => void pool.release(client), close })
}

async function connect(options: ClientOptions, dead: WeakSet<pg.Client> | undefined): Promise<pg.Client> {
  const client = new pg.Client(pgConfig(options))
  if (dead !== undefined) client.on("error", () => void dead.add(client))
  await client.connect()
  return client
}

function over({ get, put, close }: ClientPool): Client {
  const borrowing = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await get()
    try {
      return await work(client)
    } finally {
      put(client)
    }
  }
  return {
    query: (sql) => borrowing(async (client) => (await client.query<Row>(sql)).rows),
    async acquire() {
      const client = await get()
      return { query: async (sql) => (await client.query<Row>(sql)).rows, release: () => put(client) }
    },
    holding: (work) => borrowing(work),
    queryWithTimeout: (sql, ms) => borrowing((client) => client.query({ text: sql, query_timeout: ms } as pg.QueryConfig)),
    close,
  }
}
