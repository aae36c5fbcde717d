import { createPool, type DatabasePool, sql as tag } from "slonik"
import type { Client, ClientOptions, Row } from "./client.ts"

/** Queries alone: slonik lends within callbacks and is not among the contestants of the faults. */
export function slonikClient({ user, password, host, port, database, max }: ClientOptions): Client {
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`
  const pool: Promise<DatabasePool> = createPool(url, { maximumPoolSize: max })
  const refuse = () => Promise.reject(new Error("not measured"))
  return {
    query: async (text) => (await (await pool).query(tag.unsafe(templateOf(text)))).rows as Row[],
    acquire: refuse,
    holding: refuse,
    giveUp: undefined,
    close: async () => (await pool).end(),
  }
}

/** slonik refuses what is not a literal of the program, which is frozen. */
function templateOf(text: string): TemplateStringsArray {
  return Object.assign([text], { raw: Object.freeze([text]) }) as unknown as TemplateStringsArray
}
