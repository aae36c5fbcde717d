import { createPool } from "generic-pool"
import pg from "pg"
import { Pool } from "tarn"
import type { Client, ClientOptions, Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

interface Shelf {
  take(): Promise<pg.Client>
  giveBack(client: pg.Client): void
  close(): Promise<void>
}

/** As in tarn's README; `best` as knex wires it: errors mark a client, and a marked one is not lent. */
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
    take: () => pool.acquire().promise,
    giveBack: (client) => void pool.release(client),
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
  return over({ take: () => pool.acquire() as Promise<pg.Client>, giveBack: (client) => void pool.release(client), close })
}

async function connect(options: ClientOptions, dead: WeakSet<pg.Client> | undefined): Promise<pg.Client> {
  const client = new pg.Client(pgConfig(options))
  if (dead !== undefined) client.on("error", () => void dead.add(client))
  await client.connect()
  return client
}

function over({ take, giveBack, close }: Shelf): Client {
  const borrowing = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await take()
    try {
      return await work(client)
    } finally {
      giveBack(client)
    }
  }
  return {
    query: (sql) => borrowing(async (client) => (await client.query<Row>(sql)).rows),
    async acquire() {
      const client = await take()
      return { query: async (sql) => (await client.query<Row>(sql)).rows, release: () => giveBack(client) }
    },
    holding: (work) => borrowing(work),
    giveUp: (sql, ms) => borrowing((client) => client.query({ text: sql, query_timeout: ms } as pg.QueryConfig)),
    close,
  }
}
