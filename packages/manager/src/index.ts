export type {
  DatabaseConnection,
  DatabaseDescription,
  DatabaseEntry,
  DefaultName,
  DriverChoice,
  ManagerConfiguration,
} from "./configuration.ts"
export { createDatabaseManager, type DatabaseManagerOptions } from "./create-database-manager.ts"
export type {
  CloseAllOptions,
  DatabaseManager,
  DatabaseStats,
  GetConnectionOptions,
  GetNamedConnection,
  InitializeOptions,
  ManagerState,
  ManagerStats,
  TimeStats,
  VerifyOptions,
} from "./database-manager.ts"
export type {
  ManagerChannels,
  ManagerConnectErrorEvent,
  ManagerConnectEvent,
  ManagerRetryEvent,
  ManagerStateEvent,
  ManagerVerifyEvent,
  MemoryPressureEvent,
} from "./diagnostics.ts"
export { ManagerError, type ManagerErrorCode, type ManagerErrorOptions } from "./errors.ts"
export type { FirstConnectionPolicy } from "./first-connections.ts"
export { createMemoryManager } from "./memory/create-memory-manager.ts"
export type {
  MemoryBound,
  MemoryCleanup,
  MemoryFigures,
  MemoryManager,
  MemoryManagerOptions,
  MemoryUsage,
  PressureListener,
} from "./memory/memory-manager.ts"
