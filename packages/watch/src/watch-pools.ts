import { randomBytes } from "node:crypto"
import type { AddressInfo } from "node:net"
import { createAdaptorServer } from "@hono/node-server"
import { checkOptions, hostAndPort, oneOf, PgsdError, systemClock } from "@pgsd/driver"
import type { ConnectionPool } from "@pgsd/pool"
import { watchApp } from "./app.ts"
import { Hub } from "./hub.ts"

const HOSTS = ["127.0.0.1", "::1"] as const

/** Maximum number of connections: the open pages, and the further connections a browser opens while loading one. */
const MOST_CONNECTIONS = 64

export interface WatchOptions {
  /** @default 0: any free port */
  readonly port?: number | undefined
  /** The page shows statements and errors, and is therefore local by default. @default "127.0.0.1" */
  readonly host?: (typeof HOSTS)[number] | undefined
  /** The secret part of the page's address: 16 to 128 letters, digits, `-` or `_`. @default 144 random bits */
  readonly token?: string | undefined
}

/** A running page that shows pools. */
export interface PoolWatch extends AsyncDisposable {
  /** Contains the token: anyone with this URL can see the page. */
  readonly url: string
  /** Closes the page without affecting the pools. Never rejects; a second call returns the same promise. */
  close(): Promise<void>
}

/**
 * Serves a page on 127.0.0.1 that shows pools live: connections by state, waiting callers, latencies, failures with hints, health. Keeps
 * the last five minutes and the last 200 events of each pool, and affects a pool only by health checks while a page is open.
 *
 * @throws PgsdError PGSD_INVALID_OPTION; PGSD_CANNOT_LISTEN if the port is in use or not allowed
 */
export async function watchPools(pools: readonly ConnectionPool[], options: WatchOptions = {}): Promise<PoolWatch> {
  checkOptions("option of watchPools", options, {
    port: (_: string, value: number) => checkPort(value),
    host: (name: string, value: string) => oneOf(name, value, HOSTS),
    token: (_: string, value: string) => checkToken(value),
  })
  checkPools(pools)
  const { port = 0, host = "127.0.0.1", token = randomBytes(18).toString("base64url") } = options
  const hub = new Hub(pools, systemClock)
  let hosts: readonly string[] = []
  const app = watchApp({ hub, token, hosts: () => hosts })
  // The globals belong to the program that has the pools.
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host, overrideGlobalObjects: false })
  server.maxConnections = MOST_CONNECTIONS
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    hub.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new PgsdError("PGSD_CANNOT_LISTEN", `the page cannot listen on ${hostAndPort(host, port)}: ${reason}`, {
      cause: error,
      hint: "port 0 selects a free one",
    })
  }
  const bound = (server.address() as AddressInfo).port
  hosts = [host, "localhost"].map((name) => hostAndPort(name, bound))
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= new Promise((resolve) => {
      hub.close()
      server.close(() => resolve())
      if ("closeAllConnections" in server) server.closeAllConnections()
    })
    return closed
  }
  return { url: `http://${hosts[0]}/${token}/`, close, [Symbol.asyncDispose]: close }
}

function checkPools(pools: readonly ConnectionPool[]): void {
  if (!Array.isArray(pools) || pools.length === 0)
    throw new PgsdError("PGSD_INVALID_OPTION", "watchPools needs a list of at least one pool", { hint: "watchPools([pool])" })
  const twice = pools.find((pool, at) => pools.indexOf(pool) !== at)
  if (twice !== undefined) throw new PgsdError("PGSD_INVALID_OPTION", `the pool "${twice.label}" is in the list twice`)
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new PgsdError("PGSD_INVALID_OPTION", "port must be an integer from 0 to 65535")
}

function checkToken(token: string): void {
  if (typeof token === "string" && /^[\w-]{16,128}$/.test(token)) return
  throw new PgsdError("PGSD_INVALID_OPTION", 'token must be a string of 16 to 128 letters, digits, "-" or "_"')
}
