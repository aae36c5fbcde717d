import type { ConnectionPool } from "../connection-pool.ts"
import type { PoolCore } from "../core/pool-core.ts"
import type { ErrorFactory } from "../error-factory.ts"
import type { PoolLease } from "../lease.ts"
import type { Resolved } from "../options.ts"
import type { PooledConnection } from "../pooled-connection.ts"
import type { Source } from "../source.ts"
import { OwnLine, SharedLine } from "./line.ts"
import { ListenHub } from "./listen-hub.ts"

/** The part of the pool that its listeners need. */
interface PoolOfListeners {
  readonly pool: ConnectionPool
  readonly core: PoolCore<PooledConnection, PoolLease>
  acquire(signal: AbortSignal): Promise<PoolLease>
}

/** Creates the listeners of a pool: on a session in addition to `max`, or on the only one. */
export function startHub(settings: Resolved, source: Source, errors: ErrorFactory, { pool, core, acquire }: PoolOfListeners): ListenHub {
  return new ListenHub(settings, (host) => {
    if (!settings.single) return new OwnLine(pool, settings, source, host, () => core.total)
    const { min } = core
    const keep = (on: boolean) => core.resize(core.max, on ? 1 : min)
    return new SharedLine(settings, errors, { acquire, keep }, host)
  })
}
