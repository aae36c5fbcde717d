import { choose } from "../binaries/choose.ts"
import { systemBinaries } from "../binaries/system.ts"
import { serverError } from "../errors.ts"
import type { PostgresServer, PostgresServerOptions } from "../postgres-server.ts"
import { LocalServer } from "./local-server.ts"

/** A server from the machine's PostgreSQL programs, with its own data: an installed server is not affected. */
export async function systemServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const { found, missing } = choose(systemBinaries(), options.version)
  if (found === undefined)
    throw serverError("PGSD_NO_SERVER", `${missing} on this machine (pg_config, /usr/lib/postgresql, PATH)`, {
      hint: "install PostgreSQL's server package",
    })
  return LocalServer.create("system", found, options)
}
