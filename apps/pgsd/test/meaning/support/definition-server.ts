import type { Connection } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type { CorpusEntry } from "../corpus/corpus.ts"
import { CORPUS_SCHEMA } from "./corpus-schema.ts"
import { PLACES } from "./places.ts"

/** A server with the corpus's tables, on which definitions are created, printed and dropped. */
export interface DefinitionServer extends AsyncDisposable {
  readonly version: number
  readonly connection: Connection
  /** The server's print of a hand-written definition, or of a printed one; rejects with the server's error. */
  print(entry: CorpusEntry, text: string, from: "person" | "server"): Promise<string>
  /** The server's plan of the view's query, with its columns: evidence of its meaning that is independent of the rules. */
  plan(query: string): Promise<string>
}

/** The settings of readOnlySnapshot. */
const SETTINGS = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET client_min_messages = error`
const PATHS = { person: "app, public", server: "pg_catalog, pg_temp" } as const

export async function definitionServer(version: number): Promise<DefinitionServer> {
  const server = await postgresServer({ version })
  const connection = await pgDriver().connect(server.target())
  await connection.query(`${SETTINGS}; ${CORPUS_SCHEMA}`)
  return {
    version,
    connection,
    async print({ place, on }, text, from) {
      const { create, print } = PLACES[place]
      // One round trip. The previous definition is undone first: after an error the transaction is still open.
      const statements = `ROLLBACK; BEGIN; SET LOCAL check_function_bodies = off; SET LOCAL search_path = ${PATHS[from]}; ${create(text, on)};
        SET LOCAL search_path = ${PATHS.server}; SELECT ${print}::text AS definition`
      const { rows } = await connection.query<{ definition: string | null }>(statements)
      const definition = rows[0]?.definition
      if (definition === null || definition === undefined) throw new Error(`nothing is printed for ${text}`)
      return definition
    },
    async plan(query) {
      const { rows } = await connection.query<Record<string, string>>(
        `ROLLBACK; BEGIN; SET LOCAL search_path = ${PATHS.server}; CREATE VIEW app.x AS ${query}; EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM app.x`,
      )
      const columns = await connection.query<{ columns: string }>(
        "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns FROM pg_attribute WHERE attrelid = 'app.x'::regclass AND attnum > 0",
      )
      return [columns.rows[0]!.columns, ...rows.map((row) => row["QUERY PLAN"])].join("\n")
    },
    [Symbol.asyncDispose]: () => closeBoth(connection, server),
  }
}

async function closeBoth(connection: Connection, server: PostgresServer): Promise<void> {
  await connection.close()
  await server.close()
}
