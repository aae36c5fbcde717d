import { checkOptions, type Driver, oneOf } from "@pgsd/driver"
import { type ProtocolVersion, type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { WireClient } from "./wire-client.ts"

export interface WireDriverOptions extends SocketDriverOptions {
  /**
   * The newest version of the protocol to ask for. `"3.2"` gives cancel keys of 256 bits on PostgreSQL 18; older servers negotiate 3.0. A
   * pooler that refuses 3.2 is asked once more for 3.0, and remembered. @default "3.2"
   */
  readonly protocol?: ProtocolVersion | undefined
}

/** The contract over PostgreSQL's own protocol, without a library under it: `many`, `network`, `cancel`, `pipeline` and `channelBinding`. */
export function wireDriver(options: WireDriverOptions = {}): Driver {
  checkOptions("option of the wire driver", options, {
    lookup: () => {},
    types: () => {},
    protocol: (name, value: ProtocolVersion) => oneOf(name, value, ["3.0", "3.2"]),
  })
  const { protocol = "3.2", ...shared } = options
  return socketDriver(
    {
      name: "wire",
      channelBinding: true,
      writesSynchronously: true,
      protocol,
      maxParameters: 65_535,
      construct: (wire, session) => new WireClient(wire, session),
    },
    shared,
  )
}
