export type { DatabaseDescription, DatabaseEntry, DefaultName, DriverChoice, ManagerConfiguration } from "./configuration.ts"
export type {
  CloseAllOptions,
  DatabaseManager,
  DatabaseStats,
  GetConnectionOptions,
  InitializeOptions,
  ManagerState,
  ManagerStats,
  TimeStats,
  VerifyOptions,
} from "./database-manager.ts"
