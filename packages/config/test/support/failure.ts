import { ConfigError } from "../../src/index.ts"

/** The ConfigError that `run` throws. */
export function failureOf(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error("expected a ConfigError, and nothing was thrown")
}

/** The ConfigError that `run` rejects with. */
export async function rejectionOf(run: Promise<unknown>): Promise<ConfigError> {
  try {
    await run
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error("expected a ConfigError, and the promise was fulfilled")
}
