import type { DatabaseConfiguration } from "@pgsd/config"
import type { Driver } from "@pgsd/driver"
import { ProgramError } from "./errors.ts"

/**
 * The drivers by the names that a configuration and `--driver` use. Another one is two lines: its package in package.json, and its line here.
 * Each is loaded only when it is named.
 */
const DRIVERS: Readonly<Record<string, (database: DatabaseConfiguration) => Promise<Driver>>> = {
  pg: async () => (await import("@pgsd/driver-pg")).pgDriver(),
  postgres: async () => (await import("@pgsd/driver-postgres")).postgresDriver(),
  pglite: async ({ dataDirectory }) => (await import("@pgsd/driver-pglite")).pgliteDriver({ dataDir: folderOf(dataDirectory) }),
  mock: async () => (await import("./mock-driver.ts")).mockDriver(),
}

export const DRIVER_NAMES: readonly string[] = Object.keys(DRIVERS)

/** @throws ProgramError PGSD_UNKNOWN_DRIVER */
export async function loadDriver(database: DatabaseConfiguration): Promise<Driver> {
  const load = Object.hasOwn(DRIVERS, database.driver) ? DRIVERS[database.driver] : undefined
  if (load !== undefined) return load(database)
  throw new ProgramError("PGSD_UNKNOWN_DRIVER", `database "${database.name}": there is no driver "${database.driver}" here`, {
    hint: `--driver ${DRIVER_NAMES.join(", --driver ")}`,
  })
}

// A configuration says "memory:", the driver is given no folder.
function folderOf(dataDirectory: string | undefined): string | undefined {
  return dataDirectory === "memory:" ? undefined : dataDirectory
}
