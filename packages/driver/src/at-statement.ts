import { isPgsdError } from "./errors.ts"

/** The error with the index of its statement; anything but a PgsdError is unchanged. */
export function atStatement<T>(error: T, index: number): T {
  if (isPgsdError(error)) Object.defineProperty(error, "statementIndex", { value: index, enumerable: true, configurable: true })
  return error
}
