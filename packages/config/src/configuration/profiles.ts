import { deepFreeze } from "../freeze.ts"
import type { ProfileInput } from "./input.ts"

/** The profile when none is named. */
export const DEFAULT_PROFILE = "development"

/** The driver when none is named. */
export const DEFAULT_DRIVER = "pg"

/** Drivers that reach no server: they need no connection. */
export const EMBEDDED_DRIVERS: readonly string[] = Object.freeze(["mock", "pglite"])

/**
 * What the environments mean before a file says otherwise. Settings of the file are stronger, except that `test` keeps to its
 * mocks unless a profile, the environment or the command line names a driver.
 */
export const BUILT_IN_PROFILES: Readonly<Record<string, ProfileInput>> = deepFreeze({
  // Small, and quick to say who forgot to give a connection back.
  development: { pool: { min: 0, max: 2, leakThresholdMs: 30_000 } },
  // Sized, warm, and sure of whom it talks to.
  production: { pool: { min: 2, max: 10 }, connection: { sslmode: "verify-full" } },
  test: { driver: "mock", pool: { min: 0, max: 2 } },
})
