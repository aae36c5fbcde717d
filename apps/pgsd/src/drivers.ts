import { existsSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseConfiguration } from "@pgsd/config"
import type { Driver } from "@pgsd/driver"
import { ProgramError } from "./errors.ts"

/**
 * The drivers by their names in a configuration and in `--driver`. A new one takes two lines: its package in package.json, and its line here.
 * Each is loaded only when it is named.
 */
const DRIVERS: Readonly<Record<string, (database: DatabaseConfiguration) => Promise<Driver>>> = {
  pg: async () => (await import("@pgsd/driver-pg")).pgDriver(),
  postgres: async () => (await import("@pgsd/driver-postgres")).postgresDriver(),
  pglite: async (database) => (await import("@pgsd/driver-pglite")).pgliteDriver({ dataDir: folderOf(database) }),
  mock: async () => (await import("./mock-driver.ts")).mockDriver(),
}

export const DRIVER_NAMES: readonly string[] = Object.keys(DRIVERS)

/** @throws ProgramError PGSD_UNKNOWN_DRIVER, PGSD_EMBEDDED_DATABASE, PGSD_NO_DATABASE_FOLDER */
export async function loadDriver(database: DatabaseConfiguration): Promise<Driver> {
  const load = Object.hasOwn(DRIVERS, database.driver) ? DRIVERS[database.driver] : undefined
  if (load !== undefined) {
    const driver = await load(database)
    refuseEmbedded(database, driver)
    return driver
  }
  throw new ProgramError("PGSD_UNKNOWN_DRIVER", `database "${database.name}": there is no driver "${database.driver}" here`, {
    hint: `--driver ${DRIVER_NAMES.join(", --driver ")}`,
  })
}

// The configuration accepts memory: with any driver; a driver for servers would report a missing connection instead.
function refuseEmbedded({ name, driver, dataDirectory }: DatabaseConfiguration, { supports }: Driver): void {
  if (dataDirectory === undefined || !supports.network) return
  throw new ProgramError(
    "PGSD_EMBEDDED_DATABASE",
    `database "${name}": "${dataDirectory}" is an embedded database, and the driver is "${driver}"`,
    { hint: "--driver pglite" },
  )
}

// A configuration says "memory:", the driver gets no folder. PGlite would create a database in a folder without one, and a misspelt path would compare as empty.
function folderOf({ name, dataDirectory }: DatabaseConfiguration): string | undefined {
  if (dataDirectory === undefined || dataDirectory === "memory:") return undefined
  if (existsSync(join(dataDirectory, "PG_VERSION"))) return dataDirectory
  throw new ProgramError("PGSD_NO_DATABASE_FOLDER", `database "${name}": there is no PGlite database in "${dataDirectory}"`, {
    hint: "give the folder that PGlite was given as dataDir, or memory:",
  })
}
