import { isPgsdError, type PgsdError } from "@pgsd/driver"
import type { Output } from "../cli/terminal.ts"
import { printable, wrapped } from "./printable.ts"

/** One paragraph per error: what, where, the next step, and its code. Without a stack; the packages keep passwords out of messages. */
export function errorText(error: unknown, { paint, width }: Pick<Output, "paint" | "width">): string {
  return partsOf(error)
    .map((part) => {
      const [first = "", ...rest] = linesOf(part).flatMap((line) => wrapped(line, width - 6))
      const code = isPgsdError(part)
        ? [paint.quiet(`[${printable(`${part.code}${part.sqlState === undefined ? "" : `, SQLSTATE ${part.sqlState}`}`)}]`)]
        : []
      return [`${paint.bad("pgsd:")} ${first}`, ...[...rest, ...code].map((line) => `      ${line}`)].join("\n")
    })
    .join("\n")
    .concat("\n")
}

/** Several databases fail with an error each. */
function partsOf(error: unknown): readonly unknown[] {
  const errors = (isPgsdError(error) && "errors" in error) || error instanceof AggregateError ? error.errors : undefined
  return Array.isArray(errors) && errors.length > 0 ? errors : [error]
}

function linesOf(error: unknown): string[] {
  if (!isPgsdError(error))
    return [`${printable(error instanceof Error ? error.message : String(error))}, which is a defect of pgsd: please report it`]
  const label = "label" in error && typeof error.label === "string" && !error.message.includes(error.label) ? `${error.label}: ` : ""
  const lines = `${label}${error.message}`.split("\n").map(printable)
  return [...lines, ...attemptsOf(error), ...(hintIsSaid(error) ? [] : [`→ ${printable(error.hint!)}`])]
}

// Many messages already contain their hint, for programs that print only the message.
function hintIsSaid({ hint, message }: PgsdError): boolean {
  return hint === undefined || message.includes(hint)
}

/** A search over several hosts or methods lists the answer of each. */
function attemptsOf(error: PgsdError): string[] {
  const attempts = "attempts" in error && Array.isArray(error.attempts) ? (error.attempts as readonly { readonly error: PgsdError }[]) : []
  return attempts
    .map((attempt) => attempt.error.message)
    .filter((message) => !error.message.includes(message))
    .map((message) => `- ${printable(message)}`)
}
