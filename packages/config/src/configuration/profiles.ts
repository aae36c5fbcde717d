import { deepFreeze } from "../freeze.ts"
import type { ProfileInput } from "./input.ts"

/** The default profile. */
export const DEFAULT_PROFILE = "development"

/** The default driver. */
export const DEFAULT_DRIVER = "pg"

/** Drivers without a server, which need no connection. */
export const EMBEDDED_DRIVERS: readonly string[] = Object.freeze(["mock", "pglite"])

/**
 * The built-in profiles. A file's settings override them, except that `test` keeps its mocks unless a profile, the environment or the
 * command line sets a driver.
 */
export const BUILT_IN_PROFILES: Readonly<Record<string, ProfileInput>> = deepFreeze({
  // Small, and quick to report a connection that is not returned.
  development: { pool: { min: 0, max: 2, leakThresholdMs: 30_000 } },
  // Larger, kept warm, and with the server's certificate verified.
  production: { pool: { min: 2, max: 10 }, connection: { sslmode: "verify-full" } },
  test: { driver: "mock", pool: { min: 0, max: 2 } },
})
