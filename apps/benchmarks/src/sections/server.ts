import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type { ServerAddress } from "../faults/scenario.ts"
import type { ServerAction } from "../harness/protocol.ts"
import type { Bench } from "./section.ts"

/** A server for one section, with room for all contestants' connections at once. */
export function benchServer({ tls = false } = {}): Promise<PostgresServer> {
  return postgresServer({ tls, settings: { max_connections: 400 } })
}

export function addressOf({ host, port, user, password, database }: PostgresServer): ServerAddress {
  return { host, port, user, password, database }
}

/** The database that clients are measured against: on a server of its own, or, with `quick`, one of many on the shared server. */
export interface BenchDatabase extends AsyncDisposable {
  readonly address: ServerAddress
  readonly serverVersion: string
  sql(text: string): Promise<unknown>
}

let databases = 0

export async function benchDatabase(bench: Bench, { tls = false } = {}): Promise<BenchDatabase> {
  const server = await (bench.quick ? bench.shared.server() : benchServer({ tls }))
  const database = bench.quick ? `bench_${++databases}` : server.database
  if (bench.quick) await server.sql(`create database ${database}`)
  return {
    address: { ...addressOf(server), database, tls },
    serverVersion: server.serverVersion,
    sql: (text) => server.sql(text, { database }),
    [Symbol.asyncDispose]: async () => {
      if (!bench.quick) await server.close()
    },
  }
}

/** Stops and starts the server for contestants' processes, one request after another. */
export class ServerController {
  readonly #server: PostgresServer
  #last: Promise<void> = Promise.resolve()

  constructor(server: PostgresServer) {
    this.#server = server
  }

  readonly perform = (action: ServerAction): Promise<void> => {
    this.#last = this.#last.then(() => (action === "stop" ? this.#server.stop({ mode: "fast" }) : this.#server.start()))
    return this.#last
  }

  /** Starts the server if a process died between stop and start. */
  ensureRunning(): Promise<void> {
    return this.perform("start")
  }
}
