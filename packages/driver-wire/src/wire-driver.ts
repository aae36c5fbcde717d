import { checkOptions, type Driver, oneOf } from "@pgsd/driver"
import { type ProtocolVersion, type SocketDriverOptions, socketDriver } from "@pgsd/driver/socket"
import { WireClient } from "./wire-client.ts"

export interface WireDriverOptions extends SocketDriverOptions {
  /**
   * The newest protocol version to request. `"3.2"` gives 256-bit cancel keys on PostgreSQL 18; older servers negotiate 3.0. A pooler that
   * rejects 3.2 gets a second request for 3.0, which is remembered. @default "3.2"
   */
  readonly protocol?: ProtocolVersion | undefined
}

/**
 * A driver that speaks the PostgreSQL protocol itself, without a library. It supports `many`, `network`, `cancel`, `pipeline` and
 * `channelBinding`.
 */
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
