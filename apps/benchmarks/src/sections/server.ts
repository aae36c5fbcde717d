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

/** Does to the server what contestants' processes wish, one thing after another. */
export class ServerKeeper {
  readonly #server: PostgresServer
  #last: Promise<void> = Promise.resolve()

  constructor(server: PostgresServer) {
    this.#server = server
  }

  readonly obey = (action: ServerAction): Promise<void> => {
    this.#last = this.#last.then(() => (action === "stop" ? this.#server.stop({ mode: "fast" }) : this.#server.start()))
    return this.#last
  }

  /** Also when a process died between stop and start. */
  running(): Promise<void> {
    return this.obey("start")
  }
}
