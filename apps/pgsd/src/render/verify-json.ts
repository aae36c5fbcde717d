import { printableJson } from "./printable.ts"
import type { CheckedDatabase } from "./verify-text.ts"

const FORMAT = 1

/** The reports of verify and doctor as data, by database name. */
export function verifyJson(reports: Readonly<Record<string, CheckedDatabase>>): string {
  const databases = Object.fromEntries(Object.entries(reports).map(([name, report]) => [name, toJson(report)]))
  const ok = Object.values(reports).every((report) => report.ok)
  return printableJson(`${JSON.stringify({ format: FORMAT, ok, databases }, rounded, 2)}\n`)
}

function toJson({ error, ...report }: CheckedDatabase) {
  if (error === undefined) return report
  const { code, message, hint, sqlState, retryable } = error
  return { ...report, error: { code, message, hint, sqlState, retryable } }
}

// Milliseconds to one decimal: the rest is noise.
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 10) / 10 : value
}
