import { createPool, type DatabasePool, sql as tag } from "slonik"
import { type Client, type ClientOptions, QUERY_ONLY, type Row } from "./client.ts"

export function slonikClient({ user, password, host, port, database, max }: ClientOptions): Client {
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`
  const pool: Promise<DatabasePool> = createPool(url, { maximumPoolSize: max })
  return {
    ...QUERY_ONLY,
    query: async (text) => (await (await pool).query(tag.unsafe(templateOf(text)))).rows as Row[],
    close: async () => (await pool).end(),
  }
}

/** slonik refuses templates that are not frozen, as literals are. */
function templateOf(text: string): TemplateStringsArray {
  return Object.assign([text], { raw: Object.freeze([text]) }) as unknown as TemplateStringsArray
}
