import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type { ServerAddress } from "../faults/scenario.ts"
import type { ServerAction } from "../harness/protocol.ts"

/** A server of the section's own, with room for everybody's connections at once. */
export function benchServer(): Promise<PostgresServer> {
  return postgresServer({ settings: { max_connections: 400 } })
}

export function addressOf({ host, port, user, password, database }: PostgresServer): ServerAddress {
  return { host, port, user, password, database }
}

export function obey(server: PostgresServer): (action: ServerAction) => Promise<void> {
  return (action) => (action === "stop" ? server.stop({ mode: "fast" }) : server.start())
}
