import { isPgsdError } from "@pgsd/driver"
import type { Failure } from "./update.ts"

/** Messages and statements can have any length. */
const LONGEST_TEXT = 1_000

export function failureOf(error: unknown): Failure {
  if (!isPgsdError(error)) return { message: shortened(error instanceof Error ? error.message : String(error)) }
  const { message, code, hint, sqlState } = error
  return {
    message: shortened(message),
    code,
    ...(sqlState !== undefined && { sqlState }),
    // Many messages end with their hint.
    ...(hint !== undefined && !message.includes(hint) && { hint: shortened(hint) }),
  }
}

export function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`
}
