import { type Driver, PgsdError } from "@pgsd/driver"
import { type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { PgClient } from "./pg-client.ts"

export interface PgDriverOptions extends SocketDriverOptions {
  /**
   * Constructs `connection.native`, for a subclass or other settings (`types`, `query_timeout`). Must construct a `pg.Client`, or a
   * subclass of it, with the given config, to which it may add. @default (config) => new pg.Client(config)
   */
  readonly client?: ((config: Readonly<Record<string, unknown>>) => unknown) | undefined
}

/** The driver for pg (node-postgres). It supports `many`, `network`, `cancel`, `pipeline` and `channelBinding`. */
export function pgDriver(options: PgDriverOptions = {}): Driver {
  const { client, ...common } = options
  if (client !== undefined && typeof client !== "function")
    throw new PgsdError("PGSD_INVALID_OPTION", "client must be a function that constructs a pg.Client with the given config")
  return socketDriver(
    {
      name: "pg",
      channelBinding: true,
      writesSynchronously: true,
      maxParameters: 65_535,
      construct: (wire, session) => new PgClient(wire, session, client),
    },
    common,
  )
}
