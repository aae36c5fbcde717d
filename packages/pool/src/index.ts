export type {
  AcquireOptions,
  CloseOptions,
  CloseReason,
  ConnectionPool,
  HealthCheckOptions,
  IsolationLevel,
  Lease,
  LeaseQueryOptions,
  PoolHealth,
  PoolQueryOptions,
  PoolSize,
  PoolState,
  PoolStats,
  TransactionOptions,
} from "./connection-pool.ts"
export type { Clock } from "./core/clock.ts"
export { PoolError, type PoolErrorCode } from "./errors.ts"
export type {
  ConnectionPoolOptions,
  DriverSource,
  OpenConnectionOptions,
  OpenSource,
  PoolSettings,
  PoolSource,
} from "./pool-options.ts"
