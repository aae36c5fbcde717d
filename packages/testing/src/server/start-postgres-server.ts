import { isPgsdError } from "@pgsd/driver"
import { serverError } from "./errors.ts"
import { embeddedServer } from "./local/embedded-server.ts"
import { systemServer } from "./local/system-server.ts"
import { checkOptions } from "./options.ts"
import type { PostgresServer, PostgresServerOptions, ServerKind } from "./postgres-server.ts"
import { reap } from "./processes/run-folder.ts"
import { dockerServer } from "./remote/docker-server.ts"
import { urlServer } from "./remote/url-server.ts"

type Start = (options: PostgresServerOptions) => Promise<PostgresServer>

/** In the order in which they are tried. */
const KINDS: Readonly<Record<ServerKind, Start>> = { url: urlServer, embedded: embeddedServer, docker: dockerServer, system: systemServer }

/**
 * Starts a PostgreSQL server of your own, as root or not, as many in parallel as you like. Also ends servers that killed
 * processes left behind.
 *
 * @throws PgsdError PGSD_NO_SERVER naming each kind that was tried, why it did not serve and what to do; PGSD_SERVER_START
 * when one was found and did not come up; PGSD_INVALID_OPTION.
 */
export async function postgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  checkOptions(options)
  options.signal?.throwIfAborted()
  reap()
  const { standbyOf } = options
  const asked = standbyOf === undefined ? options : { ...options, version: standbyOf.version, kind: standbyOf.kind }
  if (asked.kind !== undefined) return KINDS[asked.kind](asked)
  const reasons: string[] = []
  for (const [kind, start] of Object.entries(KINDS)) {
    try {
      return await start(asked)
    } catch (error) {
      // The next kind may serve where this one is not there; a server that is there and fails is a failure.
      if (!isPgsdError(error) || (error.code !== "PGSD_NO_SERVER" && error.code !== "PGSD_SERVER_UNSUPPORTED")) throw error
      reasons.push(`${kind}: ${error.message}`)
    }
  }
  throw serverError("PGSD_NO_SERVER", `no PostgreSQL to test with\n  ${reasons.join("\n  ")}`)
}
