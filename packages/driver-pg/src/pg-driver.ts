import type { Driver } from "@pgsd/driver"
import { type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { PgClient } from "./pg-client.ts"

export interface PgDriverOptions extends SocketDriverOptions {}

/** The contract over pg (node-postgres): `many`, `network`, `cancel`, `pipeline` and `channelBinding`. */
export function pgDriver(options: PgDriverOptions = {}): Driver {
  return socketDriver(
    {
      name: "pg",
      channelBinding: true,
      tellsWriting: true,
      maxParameters: 65_535,
      construct: (wire, session) => new PgClient(wire, session),
    },
    options,
  )
}
