export { type Clock, isPgsdError, PgsdError } from "@pgsd/driver"
export type { Queryable, Transaction } from "@pgsd/driver/calls"
export type { ConnectionInput, OpeningOptions } from "./connection-opener.ts"
export type {
  AcquireOptions,
  CloseOptions,
  ConnectionPool,
  HealthCheckOptions,
  Lease,
  ListenGap,
  Listening,
  ListenOptions,
  PoolBatchOptions,
  PoolCopyFromOptions,
  PoolCopyToOptions,
  PoolHealth,
  PoolNotifyOptions,
  PoolQueryOptions,
  PoolSize,
  PoolState,
  PoolStats,
  PoolStreamOptions,
  PoolTransactionOptions,
  UseOptions,
  WaitOptions,
} from "./connection-pool.ts"
export type { CloseReason } from "./core/ledger.ts"
export { createConnectionPool } from "./create-connection-pool.ts"
export type {
  PoolAcquireEvent,
  PoolAcquireFailedEvent,
  PoolChannels,
  PoolCloseEvent,
  PoolConnectErrorEvent,
  PoolConnectEvent,
  PoolDisconnectEvent,
  PoolEvent,
  PoolEvictEvent,
  PoolLeakEvent,
  PoolLostEvent,
  PoolOpenEvent,
  PoolQueryEvent,
  PoolQueryTrace,
  PoolReleaseEvent,
  PoolTraces,
  PoolTransactionTrace,
} from "./diagnostics.ts"
export { type AcquireTimeoutDetails, AcquireTimeoutError, PoolError, type PoolErrorCode } from "./errors.ts"
export { checkPoolSettings, DEFAULTS as POOL_DEFAULTS, defaultsOf as poolDefaultsOf } from "./options.ts"
export type {
  ConnectionPoolOptions,
  DriverSource,
  OpenConnectionOptions,
  OpenSource,
  PoolSettings,
  PoolSource,
} from "./pool-options.ts"
export { pgBouncerSettings } from "./presets.ts"
