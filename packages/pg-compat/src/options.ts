import { PgsdError } from "@pgsd/driver"
import type { ConnectionInput, OpenSource, PoolSettings } from "@pgsd/pool"
import pg from "pg"
import { checkSsl } from "./tls.ts"

/** pg.PoolConfig, and this package's additional options. */
export interface PoolConfig extends pg.PoolConfig {
  /**
   * Gives each borrower a handle of its own that is unusable after release(). By default every borrower of a connection gets the same
   * object, as in pg, and using it after release() affects the next borrower's session. @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Rejects the waiting callers as soon as a connection attempt fails, as in pg. By default retryable errors are retried for
   * `connectionTimeoutMillis`, or for 10 s. @default false
   */
  readonly failFast?: boolean | undefined
  /**
   * The connection, instead of pg's options: the result of `resolveConnection()` of @pgsd/config, which applies libpq's rules and supports
   * several hosts.
   */
  readonly connection?: ConnectionInput | undefined
  /** Opens the connections, instead of pg's options and `connection`; they must come from @pgsd/driver-pg. */
  readonly open?: OpenSource["open"] | undefined
  /** Settings of @pgsd/pool without a pg equivalent; they override pg's options. */
  readonly pgsd?: PgsdSettings | undefined
}

/** Settings that have an equivalent in pg are set through pg's option. */
export type PgsdSettings = Omit<PoolSettings, "max" | "min" | "onConnect" | "isPermanent">

interface Fate {
  /** What the option becomes. */
  readonly becomes?: string
  /** Why any value except undefined, null and false is refused. */
  readonly refused?: string
}

const AS_IN_PG = { becomes: "read by pg's own code" } as const

/** Every option of pg.Pool and its clients: an option of @types/pg without a row does not compile. */
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
  query_timeout: { becomes: "passed to pg's client" },
  types: { becomes: "passed to pg's client" },
  ssl: { becomes: "TLS of the toolkit, certificate and host name verified unless rejectUnauthorized is false" },
  sslnegotiation: AS_IN_PG,
  enableChannelBinding: { becomes: "used wherever the server offers it, unless it is false" },
  keepAlive: { becomes: "on unless it is false" },
  keepAliveInitialDelayMillis: { becomes: "the idle time before the first probe" },
  client_encoding: { refused: "strings are Unicode, and the server converts: keep UTF8" },
  stream: { refused: "the socket is dialled and secured before pg's client sees it: use `open` to connect in another way" },
  pipeline: {
    refused:
      "pg's pipeline mode refuses cursors and COPY, and a client is lent to one caller at a time: use pgsd.query() with pgsd.pipelineDepth",
  },
  max: { becomes: "max" },
  min: { becomes: "min: opened at the start and refilled, rather than only kept open" },
  idleTimeoutMillis: { becomes: "idleTimeoutMs, Infinity for 0" },
  connectionTimeoutMillis: {
    becomes: "acquireTimeoutMs and connectTimeoutMs; 0: no limit for the queue, 10 s for an unresponsive server",
  },
  maxUses: { becomes: "counted at release" },
  maxLifetimeSeconds: { becomes: "maxLifetimeMs; a leased client is replaced on release" },
  allowExitOnIdle: { becomes: "unrefIdle" },
  log: { becomes: "called when a client is opened, lent, released or removed; the diagnostics channels of @pgsd/pool have more detail" },
  Promise: { becomes: "the class of the promises from connect(), query() and end()" },
  Client: { becomes: "a subclass of pg.Client of the same copy of pg; anything else is refused" },
  onConnect: { becomes: "onConnect; a promise is awaited" },
  verify: { becomes: "called in onConnect, once per connection" },
}

/** Options that pg reads but @types/pg does not declare. */
const UNTYPED: Readonly<Record<string, string>> = {
  binary: "values would be read as text: remove it",
  replication: "a replication session does not accept a pool's SQL: use pg.Client for it",
}

/** @throws PgsdError PGSD_UNSUPPORTED for an option that would be ignored silently, PGSD_INVALID_OPTION for an invalid value */
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
  if (options.connection !== undefined && options.open !== undefined) throw invalid("connection and open are mutually exclusive")
  if (typeof options.ssl === "object" && options.ssl !== null) checkSsl(options.ssl, options.host)
}

const NUMBERS = ["max", "min", "idleTimeoutMillis", "connectionTimeoutMillis", "maxLifetimeSeconds", "maxUses"] as const

/** Reads numbers that are strings of digits, as from the environment: pg computes with them as they are. */
export function readNumbers(options: PoolConfig): void {
  for (const name of NUMBERS) {
    const value: unknown = options[name]
    if (typeof value === "string" && /^\s*\d+\s*$/.test(value)) Object.assign(options, { [name]: Number(value) })
  }
}

function isSet(name: string, value: unknown): boolean {
  if (name === "client_encoding") return value != null && !/^(?:|utf-?8|unicode)$/i.test(String(value))
  return value !== undefined && value !== null && value !== false
}

function unsupported(name: string, reason: string): PgsdError {
  return new PgsdError("PGSD_UNSUPPORTED", `@pgsd/pg-compat does not support the option "${name}": ${reason}`)
}

function invalid(message: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", `@pgsd/pg-compat: ${message}`)
}
