import type { Driver } from "@pgsd/driver"
import { type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { WireClient } from "./wire-client.ts"

export interface WireDriverOptions extends SocketDriverOptions {}

/** The contract over PostgreSQL's own protocol, without a library under it: `many`, `network`, `cancel`, `pipeline` and `channelBinding`. */
export function wireDriver(options: WireDriverOptions = {}): Driver {
  return socketDriver(
    {
      name: "wire",
      channelBinding: true,
      writesAtOnce: true,
      maxParameters: 65_535,
      construct: (wire, session) => new WireClient(wire, session),
    },
    options,
  )
}
