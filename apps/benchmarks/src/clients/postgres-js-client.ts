import postgres from "postgres"
import type { Client, ClientOptions, Row } from "./client.ts"

/** Its README: a limit for connecting, and connections that end when they are idle. */
const BEST = { connect_timeout: 2, idle_timeout: 30, max_lifetime: 1_800 }

export function postgresJsClient({ applicationName, settings, max, host, port, user, password, database }: ClientOptions): Client {
  const where = { host, port, user, password, database, max, connection: { application_name: applicationName } }
  const sql = postgres({ ...where, ...(settings === "best" && BEST) })
  // A statement in its own way, as a template: prepared once, and pipelined.
  const statements = new Map<string, TemplateStringsArray>()
  const templateOf = (text: string) => {
    const known = statements.get(text)
    if (known !== undefined) return known
    const template = Object.assign([text], { raw: [text] }) as unknown as TemplateStringsArray
    statements.set(text, template)
    return template
  }
  return {
    query: (text) => sql<Row[]>(templateOf(text)),
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
    giveUp(text, ms) {
      const query = sql.unsafe(text)
      const timer = setTimeout(() => query.cancel(), ms)
      return query.then((rows) => rows).finally(() => clearTimeout(timer))
    },
    close: () => sql.end(),
  }
}
