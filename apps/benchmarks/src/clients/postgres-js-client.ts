import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import postgres from "postgres"
import type { Client, ClientOptions, Row } from "./client.ts"
import { copyLines } from "./copy-lines.ts"

/** From its README: timeouts for connecting and for idle connections, a lifetime. */
const BEST = { connect_timeout: 2, idle_timeout: 30, max_lifetime: 1_800 }

export function postgresJsClient({ applicationName, settings, max, tls, prepare, ...where }: ClientOptions): Client {
  const { host, port, user, password, database } = where
  const sql = postgres({
    ...{ host, port, user, password, database, max, connection: { application_name: applicationName } },
    ...(tls === true && { ssl: { rejectUnauthorized: false } }),
    ...(prepare !== undefined && { prepare }),
    ...(settings === "best" && BEST),
  })
  const copyFrom = async (text: string, source: Readable) => pipeline(source, await sql(templateOf(text)).writable())
  return {
    query: (text, params = []) => ask(sql, text, params),
    async acquire() {
      const reserved = await sql.reserve()
      return { query: (text) => reserved.unsafe<Row[]>(text), release: () => reserved.release() }
    },
    async holding(work) {
      const reserved = await sql.reserve()
      try {
        return await work()
      } finally {
        reserved.release()
      }
    },
    queryWithTimeout(text, ms) {
      const query = sql.unsafe(text)
      const timer = setTimeout(() => query.cancel(), ms)
      return query.then((rows) => rows).finally(() => clearTimeout(timer))
    },
    transaction: async (work) => void (await sql.begin((tx) => work((text, params = []) => ask(tx, text, params)))),
    copyFrom,
    copyRows: (text, rows) => copyFrom(text, Readable.from(copyLines(rows))),
    copyTo: (text) => sql(templateOf(text)).readable(),
    close: () => sql.end(),
  }
}

function ask(sql: postgres.ISql, text: string, params: readonly unknown[]): Promise<readonly Row[]> {
  return sql<Row[]>(templateOf(text), ...(params as postgres.ParameterOrFragment<never>[]))
}

const templates = new Map<string, TemplateStringsArray>()

/** As a tagged template, the library's own way: prepared once, and pipelined. */
function templateOf(text: string): TemplateStringsArray {
  const known = templates.get(text)
  if (known !== undefined) return known
  const strings = text.split(/\$\d+/)
  const template = Object.assign(strings, { raw: [...strings] }) as unknown as TemplateStringsArray
  templates.set(text, template)
  return template
}
