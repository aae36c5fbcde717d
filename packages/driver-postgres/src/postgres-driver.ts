import type { Driver } from "@pgsd/driver"
import { type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { PostgresClient } from "./postgres-client.ts"

export interface PostgresDriverOptions extends SocketDriverOptions {}

/** postgres.js rejects 65,534 and more. */
const MAX_PARAMETERS = 65_533

/** The driver for postgres (postgres.js). It supports `many`, `network`, `cancel` and `pipeline`, but not channel binding. */
export function postgresDriver(options: PostgresDriverOptions = {}): Driver {
  return socketDriver(
    {
      name: "postgres",
      channelBinding: false,
      maxParameters: MAX_PARAMETERS,
      construct: (wire, session) => new PostgresClient(wire, session),
    },
    options,
  )
}
