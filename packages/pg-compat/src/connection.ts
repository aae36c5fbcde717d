import { EventEmitter } from "node:events"
import { statSync } from "node:fs"
import { isIP } from "node:net"
import { type ConnectionConfig, PgsdError, toConnectionConfig } from "@pgsd/driver"
import pg from "pg"
import type { PoolConfig } from "./options.ts"
import { checkServername, type SslOptions, tlsOf } from "./tls.ts"

/** pg's options combined with the PG* variables, `pg.defaults` and a connection string. */
export interface Parameters {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly database: string | undefined
  readonly password: string | ((parameters: Parameters) => unknown) | null | undefined
  readonly ssl: boolean | SslOptions | undefined
  readonly sslnegotiation: "postgres" | "direct" | undefined
  readonly options: string | undefined
  readonly application_name: string | undefined
  readonly fallback_application_name: string | undefined
  readonly statement_timeout: number | false | undefined
  readonly lock_timeout: number | false | undefined
  readonly idle_in_transaction_session_timeout: number | false | undefined
  readonly query_timeout: number | false | undefined
}

const STARTUP_TIMEOUTS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] as const

/** Read by pg's own code, in a client that never connects, so that pg's rules apply, including those of its next version. */
export function parametersOf(options: PoolConfig): Parameters {
  if (typeof options.connectionString === "string") refuseEndlessFiles(options.connectionString)
  const inert = () => new EventEmitter()
  // Spread would lose the password, which pg-pool makes non-enumerable.
  const config = { ...options, password: options.password, Promise: undefined, types: undefined, stream: inert }
  return (new pg.Client(config as never) as unknown as { connectionParameters: Parameters }).connectionParameters
}

/** pg's options in the toolkit's form. */
export function connectionOf(options: PoolConfig, parameters: Parameters = parametersOf(options)): ConnectionConfig {
  const { host, port, user, database, application_name, fallback_application_name } = parameters
  if (user === undefined)
    throw new PgsdError("PGSD_INVALID_OPTION", "@pgsd/pg-compat: no user: give user, a connection string with one, or PGUSER")
  const config = toConnectionConfig({ host, port, user, database: database ?? user, password: () => passwordOf(parameters) })
  const { keepAlive, keepAliveInitialDelayMillis: idleMs } = options
  const applicationName = application_name || fallback_application_name
  return {
    ...config,
    hosts: hostsOf(config, parameters.ssl),
    tls: tlsOf(parameters.ssl, parameters.sslnegotiation),
    session: {
      ...(applicationName && { applicationName }),
      ...(parameters.options && { options: parameters.options }),
      settings: startupTimeouts(parameters),
    },
    auth: { channelBinding: options.enableChannelBinding === false ? "disable" : "prefer" },
    keepAlive: { enabled: keepAlive !== false, ...(idleMs !== undefined && idleMs > 0 && { idleMs }) },
  }
}

const LARGEST_FILE_BYTES = 4 * 1024 * 1024

/** pg-connection-string reads each file synchronously and completely: a device never ends, and a pipe may have no writer. */
function refuseEndlessFiles(connectionString: string): void {
  const named = new URLSearchParams(connectionString.replace(/^[^?]*\??/, ""))
  for (const name of ["sslcert", "sslkey", "sslrootcert"]) {
    const path = named.get(name)
    const facts = path ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (facts === undefined || facts.isDirectory() || (facts.isFile() && facts.size <= LARGEST_FILE_BYTES)) continue
    const fact = facts.isFile() ? `is larger than ${LARGEST_FILE_BYTES} bytes` : "is not a regular file"
    throw new PgsdError("PGSD_INVALID_OPTION", `@pgsd/pg-compat: ${name} of the connection string: "${path}" ${fact}`)
  }
}

// An address whose certificate is for a name.
function hostsOf({ hosts }: ConnectionConfig, ssl: Parameters["ssl"]): ConnectionConfig["hosts"] {
  const servername = typeof ssl === "object" ? ssl?.servername : undefined
  if (typeof servername !== "string" || servername === "") return hosts
  // From a connection string, too, whose host pg has parsed by now.
  for (const host of hosts) if (host.kind === "tcp") checkServername(servername, host.name)
  return hosts.map((host) =>
    host.kind === "tcp" && isIP(host.name ?? "") !== 0 ? { ...host, name: servername, address: host.name } : host,
  )
}

function startupTimeouts(parameters: Parameters): Record<string, string> {
  const set = STARTUP_TIMEOUTS.filter((name) => parameters[name])
  return Object.fromEntries(set.map((name) => [name, String(Number.parseInt(String(parameters[name]), 10))]))
}

async function passwordOf(parameters: Parameters): Promise<string | undefined> {
  const { password } = parameters
  const value = typeof password === "function" ? await password(parameters) : password
  if (typeof value === "string") return value
  if (value !== undefined && value !== null) throw new TypeError("Password must be a string")
  return typeof password === "function" ? undefined : passwordFromFile(parameters)
}

// pg uses its pgpass module; the rules are libpq's in either case.
async function passwordFromFile({ host, port, user = "", database = user }: Parameters): Promise<string | undefined> {
  const { resolveConnection } = await import("@pgsd/config")
  const { HOME, APPDATA, USERPROFILE, PGPASSFILE } = process.env
  const connection = { host, port: String(port), user, dbname: database, sslmode: "disable" }
  const config = await resolveConnection({ connection, env: { HOME, APPDATA, USERPROFILE, PGPASSFILE } })
  return (await config.password(config.hosts[0]!))?.reveal()
}
