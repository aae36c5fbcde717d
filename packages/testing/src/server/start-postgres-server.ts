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
 * Starts a separate PostgreSQL server, as root or not, any number in parallel. Also ends servers left behind by killed processes.
 *
 * @throws PgsdError PGSD_NO_SERVER with, for each kind that was tried, the reason and the next step; PGSD_SERVER_START if one was found and
 * did not start; PGSD_INVALID_OPTION
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
      // If a kind is unavailable, the next one is tried; one that is available and fails is a failure.
      if (!isPgsdError(error) || (error.code !== "PGSD_NO_SERVER" && error.code !== "PGSD_SERVER_UNSUPPORTED")) throw error
      reasons.push(`${kind}: ${error.message}`)
    }
  }
  throw serverError("PGSD_NO_SERVER", `no PostgreSQL to test with\n  ${reasons.join("\n  ")}`)
}
