/** What the program adds to the codes of the packages. */
export type ProgramErrorCode =
  | "PGSD_SIDE_MISSING" // no source, no target, or nothing to verify
  | "PGSD_UNKNOWN_DRIVER" // a driver that drivers.ts does not have
  | "PGSD_SCHEMA_NOT_FOUND" // a schema was asked for that neither side has
  | "PGSD_PREFLIGHT_FAILED" // a database was reached and is not fit for a comparison
  | "PGSD_SCHEMA_CHANGING" // somebody changed the schema each time it was read
