import { readFileSync } from "node:fs"
import { PgsdError, quoteIdentifier, type Target } from "@pgsd/driver"
import { serverError } from "../errors.ts"
import { DEFAULT_TIMEOUT_MS } from "../options.ts"
import type { PostgresServer, PostgresServerOptions, ServerUser } from "../postgres-server.ts"
import { secure } from "../session/secure.ts"
import { createUsers } from "../users.ts"
import { RemoteServer } from "./remote-server.ts"

/** The variable with the URL of an existing server. */
const VARIABLE = "PGSD_TEST_DATABASE_URL"

/**
 * The server in PGSD_TEST_DATABASE_URL. Users are created for the test and dropped by close(); nothing else of the server is changed.
 */
export async function urlServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const text = process.env[VARIABLE]
  if (text === undefined || text === "")
    throw serverError("PGSD_NO_SERVER", `${VARIABLE} is not set`, { hint: "set it to postgresql://user:password@host:5432/database" })
  const impossible = (["tls", "hba", "settings", "standbyOf"] as const).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  )
  if (impossible.length > 0)
    throw serverError("PGSD_SERVER_UNSUPPORTED", `the server of ${VARIABLE} is preconfigured and does not support ${impossible.join(", ")}`)
  const given = parse(text)
  const sslMode = given.searchParams.get("sslmode") ?? "prefer"
  const rootFile = given.searchParams.get("sslrootcert")
  const ca = rootFile === null || rootFile === "system" ? undefined : readFileSync(rootFile, "utf8")
  const host = given.hostname.replace(/^\[|\]$/g, "")
  const user = decodeURIComponent(given.username)
  const users: ServerUser[] = []
  const server = await new RemoteServer({
    kind: "url",
    host,
    port: Number(given.port || 5432),
    user,
    password: decodeURIComponent(given.password),
    database: decodeURIComponent(given.pathname.slice(1)) || user,
    secure: (socket) => secure(socket, { host, sslMode, ca }),
    given,
    targetSettings: targetSettings(sslMode, ca),
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    end: (self) => dropUsers(self, users),
  }).identify(options.signal)
  if (options.version !== undefined && options.version !== server.version)
    throw serverError("PGSD_NO_SERVER", `the server of ${VARIABLE} is PostgreSQL ${server.version}, not ${options.version}`)
  if (options.users !== undefined) {
    await server.sql(createUsers(options.users), { signal: options.signal })
    users.push(...options.users)
  }
  return server
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !["postgres:", "postgresql:"].includes(url.protocol) || url.hostname === "" || url.username === "")
    throw new PgsdError("PGSD_INVALID_OPTION", `${VARIABLE} is not a connection string with one host and a user`, {
      hint: "postgresql://user:password@host:5432/database",
    })
  return url
}

function targetSettings(sslMode: string, ca: string | undefined): Partial<Target> {
  if (sslMode === "verify-full" || sslMode === "verify-ca")
    return { encryption: "tls", tls: { verify: sslMode === "verify-ca" ? "ca" : "full", ca: ca === undefined ? [] : [ca] } }
  return sslMode === "require" ? { encryption: "tls", tls: { verify: "none" } } : {}
}

async function dropUsers(server: RemoteServer, users: readonly ServerUser[]): Promise<void> {
  const names = users.map(({ name }) => quoteIdentifier(name)).join(", ")
  if (names !== "") await server.sql(`DROP OWNED BY ${names} CASCADE; DROP ROLE ${names}`)
}
