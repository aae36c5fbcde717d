import type { PoolStats } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import { State } from "./core/slot.ts"

export function statsOf<T, L>(core: PoolCore<T, L>, listening = 0): PoolStats {
  const { state, max, min, total, waiting } = core
  return {
    state,
    max,
    min,
    total,
    idle: core.count(State.idle),
    leased: core.count(State.leased),
    connecting: core.count(State.connecting),
    checking: core.count(State.checking),
    resetting: core.count(State.resetting),
    closing: core.count(State.closing),
    waiting,
    listening,
    ...core.counters(),
  }
}
