import type { PoolStats } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import { State } from "./core/slot.ts"

export function statsOf<T, L>({ ledger, callers, state, max, min }: PoolCore<T, L>): PoolStats {
  const { acquired, timeouts, aborted, created, connectErrors, lost } = ledger
  return {
    state,
    max,
    min,
    total: ledger.total,
    idle: ledger.count(State.idle),
    leased: ledger.count(State.leased),
    connecting: ledger.count(State.connecting),
    checking: ledger.count(State.checking),
    resetting: ledger.count(State.resetting),
    closing: ledger.count(State.closing),
    waiting: callers.size,
    acquired,
    timeouts,
    aborted,
    created,
    connectErrors,
    lost,
    closedBy: { ...ledger.closedBy },
  }
}
