import { PgsdError, type PgsdErrorOptions } from "@pgsd/driver"

/** The codes that this package adds to those of driver, connector and pool. */
export type ManagerErrorCode =
  | "PGSD_INITIALIZE_FAILED" // several databases could not be reached: see `errors`
  | "PGSD_MANAGER_CLOSED" // used after closeAll()
  | "PGSD_NOT_INITIALIZED" // getConnection() before initialize(), without `lazy`
  | "PGSD_UNKNOWN_DATABASE" // a name that is not in the configuration

export interface ManagerErrorOptions extends PgsdErrorOptions {
  readonly errors?: readonly unknown[] | undefined
}

/** Errors of the manager itself. Those of a database are passed on unchanged, with its name as `label`. */
export class ManagerError extends PgsdError {
  static override readonly kind: string = "ManagerError"
  declare readonly code: ManagerErrorCode
  /** One per failed database, in the order of the configuration, each with the database's name as `label`. */
  readonly errors: readonly unknown[]

  constructor(code: ManagerErrorCode, message: string, options: ManagerErrorOptions = {}) {
    super(code, message, options)
    this.errors = options.errors ?? []
  }
}
