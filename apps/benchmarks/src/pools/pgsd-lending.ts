import { createConnectionPool, type Lease } from "@pgsd/pool"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"
import { StubConnection } from "./stub-connection.ts"

export function pgsdLending({ max, connectMs, acquireTimeoutMs }: LendingOptions): LendingPool<Lease> {
  const opener = new Opener(connectMs)
  const open = () => opener.open().then(() => new StubConnection())
  const pool = createConnectionPool({ open, max, acquireTimeoutMs })
  return {
    acquire: () => pool.acquire(),
    release: (lease) => lease.release(),
    get opened() {
      return opener.opened
    },
  }
}
