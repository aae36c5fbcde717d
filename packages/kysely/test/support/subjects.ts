import type { Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { postgresDriver } from "@pgsd/driver-postgres"

/** The drivers that everything here runs over. */
export const DRIVERS: Readonly<Record<string, () => Driver>> = {
  pg: () => pgDriver(),
  "postgres.js": () => postgresDriver(),
  PGlite: () => pgliteDriver(),
}

export interface Database {
  person: { id: number; name: string; age: number | null }
}
