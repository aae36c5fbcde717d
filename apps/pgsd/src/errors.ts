import { PgsdError, type PgsdErrorOptions } from "@pgsd/driver"

/** The program's codes, in addition to those of the packages. */
type ProgramErrorCode =
  | "PGSD_SIDE_MISSING" // no source, no target, or nothing to verify
  | "PGSD_UNKNOWN_DRIVER" // a driver that drivers.ts does not have
  | "PGSD_EMBEDDED_DATABASE" // a folder or memory: with a driver for servers
  | "PGSD_NO_DATABASE_FOLDER" // a named embedded database does not exist
  | "PGSD_SAME_FOLDER" // two embedded databases in one folder
  | "PGSD_SCHEMA_NOT_FOUND" // neither side has a requested schema
  | "PGSD_SCHEMA_MAP_AMBIGUOUS" // --map-schema would make two schemas of the source one
  | "PGSD_SQL_WITH_SCHEMA_MAP" // --format sql with --map-schema
  | "PGSD_PREFLIGHT_FAILED" // a database was reached and is not fit for a comparison
  | "PGSD_SNAPSHOT_UNREADABLE" // file:… does not exist, is not a file, or is too large
  | "PGSD_SNAPSHOT_INVALID" // it was not written by pgsd snapshot
  | "PGSD_SNAPSHOT_FORMAT" // it was written by another version
  | "PGSD_SNAPSHOT_SCOPE" // it has fewer schemas than requested
  | "PGSD_CONNECTION_TWICE" // as an argument and as an option
  | "PGSD_SNAPSHOT_NO_SERVER" // file:… where a server is needed
  | "PGSD_SNAPSHOT_TOO_LARGE" // the snapshot could not be read back
  | "PGSD_CANNOT_WRITE" // the file of --out
  | "PGSD_SCHEMA_CHANGING" // the schema changed each time it was read

/** The program's own errors; those of a database or the configuration are passed on unchanged. */
export class ProgramError extends PgsdError {
  static override readonly kind: string = "ProgramError"
  declare readonly code: ProgramErrorCode

  constructor(code: ProgramErrorCode, message: string, options: PgsdErrorOptions = {}) {
    super(code, message, options)
  }
}

/** A description of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
