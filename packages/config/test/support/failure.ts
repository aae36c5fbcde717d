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

/** libpq's message with what it repeats of the input taken out: our errors may leave that out, and nothing else. */
export function withoutQuotedInput(message: string): string {
  return message
    .replace(/: ".*"$/s, "")
    .replace(/ ".*"(?=,| after| in | is | at | cannot)/gs, "")
    .replace(/ in (the|a|value|name) .*$/s, "")
    .replace(/(unexpected character)( "?.*?"?)? at position/s, "$1 at position")
    .replace(/ after ".*"/s, "")
    .replace(/:$/, "")
}
