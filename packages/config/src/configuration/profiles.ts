import { deepFreeze } from "../freeze.ts"
import type { ProfileInput } from "./input.ts"

/** The profile if none is named. */
export const DEFAULT_PROFILE = "development"

/** The driver if none is named. */
export const DEFAULT_DRIVER = "pg"

/** Drivers without a server: they need no connection. */
export const EMBEDDED_DRIVERS: readonly string[] = Object.freeze(["mock", "pglite"])

/**
 * The defaults of the environments. Settings of the file override them, except that `test` keeps its
 * mocks unless a profile, the environment or the command line names a driver.
 */
export const BUILT_IN_PROFILES: Readonly<Record<string, ProfileInput>> = deepFreeze({
  // Small, and quick to report a connection that was not returned.
  development: { pool: { min: 0, max: 2, leakThresholdMs: 30_000 } },
  // Sized, warm, and with a verified server.
  production: { pool: { min: 2, max: 10 }, connection: { sslmode: "verify-full" } },
  test: { driver: "mock", pool: { min: 0, max: 2 } },
})
