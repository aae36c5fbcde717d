import pgPromise from "pg-promise"
import { type Client, type ClientOptions, QUERY_ONLY, type Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

const connect = pgPromise()

type ConnectOptions = Exclude<Parameters<typeof connect>[0], string>

export function pgPromiseClient(options: ClientOptions): Client {
  const { types: _, ...where } = pgConfig(options)
  const db = connect({ ...where, max: options.max } as ConnectOptions)
  return {
    ...QUERY_ONLY,
    query: (sql, params) => db.any<Row>(sql, params === undefined ? undefined : [...params]),
    close: () => db.$pool.end(),
  }
}
