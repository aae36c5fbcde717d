import type { Socket } from "node:net"
import { withConnections } from "../wrap.ts"
import { driver as plain } from "./plain.ts"

/** A query in flight does not keep the process alive. */
export const driver = withConnections(plain, (connection) => ({
  query: ((...call) => {
    const work = connection.query(...call)
    for (const socket of sockets()) socket.unref()
    return work as never
  }) as typeof connection.query,
}))

// The connection's own socket is out of reach; the program has no other.
function sockets(): readonly Socket[] {
  const handles = (process as unknown as { _getActiveHandles(): readonly object[] })._getActiveHandles()
  return handles.filter(
    (handle): handle is Socket => handle.constructor.name === "Socket" && "remotePort" in handle && handle.remotePort !== undefined,
  )
}
