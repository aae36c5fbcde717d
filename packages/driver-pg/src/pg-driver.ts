import { type Driver, PgsdError } from "@pgsd/driver"
import { type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { PgClient } from "./pg-client.ts"

export interface PgDriverOptions extends SocketDriverOptions {
  /**
   * Makes `connection.native` where it is to be of a class of its own, or to have settings of its own (`types`, `query_timeout`). It must
   * construct a `pg.Client`, or a subclass of it, with the config that it is given and may add to that. @default (config) => new pg.Client(config)
   */
  readonly client?: ((config: Readonly<Record<string, unknown>>) => unknown) | undefined
}

/** The contract over pg (node-postgres): `many`, `network`, `cancel`, `pipeline` and `channelBinding`. */
export function pgDriver(options: PgDriverOptions = {}): Driver {
  const { client, ...common } = options
  if (client !== undefined && typeof client !== "function")
    throw new PgsdError("PGSD_INVALID_OPTION", "client must be a function that constructs a pg.Client with the config that it is given")
  return socketDriver(
    {
      name: "pg",
      channelBinding: true,
      writesSynchronously: true,
      reportsWrites: true,
      maxParameters: 65_535,
      construct: (wire, session) => new PgClient(wire, session, client),
    },
    common,
  )
}
