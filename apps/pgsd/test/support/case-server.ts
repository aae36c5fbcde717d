import { createDatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresServer } from "@pgsd/testing/server"
import { type ReadOptions, readCatalog } from "../../src/catalog/read-catalog.ts"
import type { Catalog } from "../../src/model/catalog.ts"

/** A server that cases are loaded into and read from. */
export interface CaseServer extends AsyncDisposable {
  readonly version: number
  /** Statements for the whole server, one after another. */
  prepare(...statements: readonly string[]): Promise<void>
  /** Loads the SQL into a separate database, as superuser, each of `apply` in a separate request, and reads it as a role without a single grant. */
  read(sql: string, options?: ReadOptions & { readonly user?: string; readonly apply?: readonly string[] }): Promise<Catalog>
}

/** The same for every case, so that hidden values are comparable. */
const SALT = "of all cases"

export async function caseServer(version: number): Promise<CaseServer> {
  const server = await postgresServer({ version, users: [{ name: "reader", password: "reads" }] })
  const owner = await pgDriver().connect(server.target())
  let count = 0
  return {
    version,
    async prepare(...statements) {
      for (const statement of statements) await owner.query(statement)
    },
    async read(sql, { user, apply = [], ...options } = {}) {
      const database = `case_${++count}`
      await owner.query(`CREATE DATABASE ${database}`)
      try {
        await server.sql(`SET client_min_messages = error; ${sql}`, { database })
        for (const each of apply) await server.sql(each, { database })
        const role = user === undefined ? { user: "reader", password: "reads" } : { user }
        const reader = await pgDriver().connect(server.target({ ...role, database }))
        try {
          return await readCatalog(createDatabaseConnector(reader), { salt: SALT, ...options })
        } finally {
          await reader.close()
        }
      } finally {
        // A subscription prevents dropping its database.
        await server.sql(
          "DO $$ DECLARE name text; BEGIN FOR name IN SELECT subname FROM pg_subscription LOOP EXECUTE format('DROP SUBSCRIPTION %I', name); END LOOP; END $$",
          { database },
        )
        await owner.query(`ALTER DATABASE ${database} IS_TEMPLATE false`)
        await owner.query(`DROP DATABASE ${database}`)
      }
    },
    async [Symbol.asyncDispose]() {
      await owner.close()
      await server.close()
    },
  }
}
