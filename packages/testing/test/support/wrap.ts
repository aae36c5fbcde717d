import type { Connection, ConnectOptions, Driver, Target } from "@pgsd/driver"
import { type ConnectionMembers, overlaid } from "../../src/overlaid.ts"

export { overlaid }

/** A driver whose connections differ from the inner one's by what `change` returns; getters stay getters. */
export function withConnections(inner: Driver, change: (connection: Connection, target: Target | undefined) => ConnectionMembers): Driver {
  return withConnect(inner, async (target, options) => {
    const connection = await inner.connect(target, options)
    return overlaid(connection, change(connection, target))
  })
}

export function withConnect(inner: Driver, connect: (target?: Target, options?: ConnectOptions) => Promise<Connection>): Driver {
  return { name: inner.name, supports: inner.supports, connect }
}
