import { createDatabaseConnector } from "@pgsd/connector"
import type { Connection } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { readCatalog } from "../../src/catalog/read-catalog.ts"
import type { Catalog } from "../../src/model/catalog.ts"

/** A server that one case after another is loaded into and read from. */
export interface CaseServer extends AsyncDisposable {
  readonly version: number
  /** Loads the SQL into an empty database, as superuser, and reads it as a role without a single grant. */
  read(sql: string): Promise<Catalog>
}

const EMPTY = `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE format('DROP EXTENSION %I CASCADE', name); END LOOP;
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
  END $$;
  CREATE SCHEMA public;`

export async function caseServer(version: number): Promise<CaseServer> {
  const server = await postgresServer({ version, users: [{ name: "reader", password: "reads" }] })
  const owner = await pgDriver().connect(server.target())
  const reader = await pgDriver().connect(server.target({ user: "reader", password: "reads" }))
  return {
    version,
    async read(sql) {
      await owner.query(`SET client_min_messages = error; ${EMPTY}; ${sql}`)
      return readCatalog(createDatabaseConnector(reader))
    },
    [Symbol.asyncDispose]: () => closeAll(server, owner, reader),
  }
}

async function closeAll(server: PostgresServer, ...connections: readonly Connection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.close()))
  await server.close()
}
