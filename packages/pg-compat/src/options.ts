import { PgsdError } from "@pgsd/driver"
import type { ConnectionInput, OpenSource, PoolSettings } from "@pgsd/pool"
import pg from "pg"
import { checkSsl } from "./tls.ts"

/** pg.PoolConfig, and what this pool can do beyond it. */
export interface PoolConfig extends pg.PoolConfig {
  /**
   * A handle of its own for each borrow, dead after release(). By default every borrow of a connection gets the same object, as in pg, and
   * a caller that keeps using it after release() reaches the next caller's session. @default false
   */
  readonly strict?: boolean | undefined
  /**
   * A failed attempt to connect rejects its callers at once, as in pg. By default what waiting may cure is tried again for as long as
   * `connectionTimeoutMillis` allows, or for 10 s. @default false
   */
  readonly failFast?: boolean | undefined
  /** Where to connect to, in place of pg's options: what `resolveConnection()` of @pgsd/config gives, libpq's rules and several hosts included. */
  readonly connection?: ConnectionInput | undefined
  /** Opens the connections, in place of pg's options and `connection`; they must be of @pgsd/driver-pg. */
  readonly open?: OpenSource["open"] | undefined
  /** Settings of @pgsd/pool that pg has no name for; they go before what pg's options say. */
  readonly pgsd?: PgsdSettings | undefined
}

/** What pg names itself is set by pg's names. */
export type PgsdSettings = Omit<PoolSettings, "max" | "min" | "onConnect" | "isPermanent">

interface Fate {
  /** What it becomes here. */
  readonly becomes?: string
  /** Why a value other than undefined, null or false is refused. */
  readonly refused?: string
}

const AS_IN_PG = { becomes: "read by pg's own code" } as const

/** Every option of pg.Pool and of its clients: an option of @types/pg that has no row does not compile. */
export const OPTIONS: { readonly [Name in keyof Required<pg.PoolConfig>]: Fate } = {
  connectionString: AS_IN_PG,
  host: AS_IN_PG,
  port: AS_IN_PG,
  user: AS_IN_PG,
  database: AS_IN_PG,
  password: { becomes: "read by pg's own code; without one, the password file, by libpq's rules" },
  options: AS_IN_PG,
  application_name: AS_IN_PG,
  fallback_application_name: AS_IN_PG,
  statement_timeout: AS_IN_PG,
  lock_timeout: AS_IN_PG,
  idle_in_transaction_session_timeout: AS_IN_PG,
  query_timeout: { becomes: "handed to pg's client" },
  types: { becomes: "handed to pg's client" },
  ssl: { becomes: "TLS of the toolkit, certificate and host name verified unless rejectUnauthorized is false" },
  sslnegotiation: AS_IN_PG,
  enableChannelBinding: { becomes: "used wherever the server offers it, unless it is false" },
  keepAlive: { becomes: "on unless it is false" },
  keepAliveInitialDelayMillis: { becomes: "the idle time before the first probe" },
  client_encoding: { refused: "strings are Unicode here, and the server converts: leave it at UTF8" },
  stream: { refused: "the socket is dialled and secured before pg's client sees it: use `open` for another way to connect" },
  pipeline: {
    refused:
      "pg's pipeline mode refuses cursors and COPY, and a client is lent to one caller at a time: use pgsd.query() with pgsd.pipelineDepth",
  },
  max: { becomes: "max" },
  min: { becomes: "min: opened at the start and refilled, not only kept" },
  idleTimeoutMillis: { becomes: "idleTimeoutMs, Infinity for 0" },
  connectionTimeoutMillis: {
    becomes: "acquireTimeoutMs and connectTimeoutMs; 0: no limit for the queue, 10 s for a server that does not answer",
  },
  maxUses: { becomes: "counted at release" },
  maxLifetimeSeconds: { becomes: "maxLifetimeMs; a leased client is replaced when it comes back" },
  allowExitOnIdle: { becomes: "unrefIdle" },
  log: { becomes: "called when a client is opened, lent, released or removed; the channels of @pgsd/pool say more" },
  Promise: { becomes: "the class of what connect(), query() and end() return" },
  Client: { becomes: "a subclass of pg.Client of the same copy of pg; anything else is refused" },
  onConnect: { becomes: "onConnect; a promise is waited for" },
  verify: { becomes: "called in onConnect, once per connection" },
}

/** Options that pg reads and @types/pg does not name. */
const UNTYPED: Readonly<Record<string, string>> = {
  binary: "values would be read as text: leave it out",
  replication: "a replication session takes no SQL of a pool: use pg.Client for it",
}

/** @throws PgsdError PGSD_UNSUPPORTED for an option that would be ignored silently, PGSD_INVALID_OPTION for values that make no sense */
export function checkOptions(options: PoolConfig): void {
  for (const [name, { refused }] of Object.entries(OPTIONS) as [keyof pg.PoolConfig, Fate][])
    if (refused !== undefined && isSet(name, options[name])) throw unsupported(name, refused)
  for (const [name, reason] of Object.entries(UNTYPED))
    if (isSet(name, (options as Record<string, unknown>)[name])) throw unsupported(name, reason)
  for (const name of ["strict", "failFast"] as const)
    if (options[name] !== undefined && typeof options[name] !== "boolean") throw invalid(`${name} must be true or false`)
  const { Client } = options as { Client?: unknown }
  if (Client !== undefined && Client !== pg.Client && !((Client as typeof pg.Client).prototype instanceof pg.Client))
    throw unsupported("Client", "it must be a subclass of pg.Client, of the same copy of pg")
  if (options.connection !== undefined && options.open !== undefined) throw invalid("connection and open mutually exclusive")
  if (typeof options.ssl === "object" && options.ssl !== null) checkSsl(options.ssl, options.host)
}

function isSet(name: string, value: unknown): boolean {
  if (name === "client_encoding") return value != null && !/^(?:|utf-?8|unicode)$/i.test(String(value))
  return value !== undefined && value !== null && value !== false
}

function unsupported(name: string, reason: string): PgsdError {
  return new PgsdError("PGSD_UNSUPPORTED", `@pgsd/pg-compat cannot pass on the option "${name}": ${reason}`)
}

function invalid(message: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", `@pgsd/pg-compat: ${message}`)
}
