import type { Target } from "@pgsd/driver"
import type { FaultProxy, Upstream } from "./fault-proxy.ts"
import { faultProxy } from "./start-fault-proxy.ts"

/** A fault proxy in front of a server, and the target that leads through it. */
export interface ProxiedTarget {
  readonly proxy: FaultProxy
  readonly target: Target
}

/** The caller must close the proxy. */
export async function proxiedTarget(target: Target): Promise<ProxiedTarget> {
  const proxy = await faultProxy(upstreamOf(target))
  return { proxy, target: throughProxy(target, proxy) }
}

function upstreamOf({ host, address, port = 5432 }: Target): Upstream {
  if (host.startsWith("/")) return { path: `${host}/.s.PGSQL.${port}` }
  return { host: address ?? host, port }
}

// The name is kept for TLS; the address is the proxy's.
function throughProxy(target: Target, proxy: FaultProxy): Target {
  const host = target.host.startsWith("/") ? proxy.host : target.host
  return { ...target, host, address: proxy.host, port: proxy.port }
}
