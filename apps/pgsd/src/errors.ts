import { PgsdError, type PgsdErrorOptions } from "@pgsd/driver"

/** What the program adds to the codes of the packages. */
type ProgramErrorCode =
  | "PGSD_SIDE_MISSING" // no source, no target, or nothing to verify
  | "PGSD_UNKNOWN_DRIVER" // a driver that drivers.ts does not have
  | "PGSD_EMBEDDED_DATABASE" // a folder or memory:, and a driver for servers
  | "PGSD_NO_DATABASE_FOLDER" // an embedded database was named that is not there
  | "PGSD_SAME_FOLDER" // two embedded databases in one folder
  | "PGSD_SCHEMA_NOT_FOUND" // a schema was asked for that neither side has
  | "PGSD_SCHEMA_MAP_AMBIGUOUS" // --map-schema would make two schemas of the source one
  | "PGSD_SQL_WITH_SCHEMA_MAP" // --format sql with --map-schema
  | "PGSD_PREFLIGHT_FAILED" // a database was reached and is not fit for a comparison
  | "PGSD_SNAPSHOT_UNREADABLE" // file:… is not there, no file, or too large
  | "PGSD_SNAPSHOT_INVALID" // it is not what pgsd snapshot wrote
  | "PGSD_SNAPSHOT_FORMAT" // another version wrote it
  | "PGSD_SNAPSHOT_SCOPE" // it holds fewer schemas than are asked for
  | "PGSD_CONNECTION_TWICE" // as an argument and as an option
  | "PGSD_SNAPSHOT_NO_SERVER" // file:… where a server is needed
  | "PGSD_SNAPSHOT_TOO_LARGE" // what would be written could not be read again
  | "PGSD_CANNOT_WRITE" // the file of --out
  | "PGSD_SCHEMA_CHANGING" // the schema was changed each time it was read

/** What the program itself has to say; what a database or the configuration says comes as it is. */
export class ProgramError extends PgsdError {
  static override readonly kind: string = "ProgramError"
  declare readonly code: ProgramErrorCode

  constructor(code: ProgramErrorCode, message: string, options: PgsdErrorOptions = {}) {
    super(code, message, options)
  }
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
