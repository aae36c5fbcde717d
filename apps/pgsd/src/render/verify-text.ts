import type { Finding, FindingLevel, PreflightReport } from "@pgsd/connector"
import type { Output } from "../cli/terminal.ts"
import { errorText } from "./error-text.ts"
import type { Paint } from "./paint.ts"
import { displayWidth, printable, wrapped } from "./printable.ts"

export const SIGNS: Readonly<Record<FindingLevel, string>> = { ok: "✓", info: "i", warn: "!", fail: "✗" }
const PAINTS: Readonly<Record<FindingLevel, keyof Paint>> = { ok: "good", info: "quiet", warn: "changed", fail: "bad" }

/** The parts of a report that are printed. */
export type CheckedDatabase = Pick<PreflightReport, "ok" | "reachable" | "error" | "findings" | "connection" | "durationMs">

/** The wording of the result in a panel's last line. */
interface Verdict {
  readonly good: string
  readonly bad: string
}

const COMPARISON: Verdict = { good: "fit for a comparison", bad: "not fit for a comparison" }

/** A panel for each database: findings in the order of the checks, each with its fix where necessary. */
export function verifyText(
  reports: Readonly<Record<string, CheckedDatabase>>,
  output: Pick<Output, "paint" | "width">,
  wording: Verdict = COMPARISON,
): string {
  return Object.entries(reports)
    .map(([name, report]) => panel(name, report, output, wording))
    .join("\n")
}

function panel(name: string, report: CheckedDatabase, output: Pick<Output, "paint" | "width">, wording: Verdict): string {
  const { paint } = output
  const printed = new Set<string>()
  // The error has more details than the finding.
  const lines = (report.reachable ? report.findings : []).flatMap((finding) => findingLines(finding, output, printed))
  const error = report.error === undefined ? [] : errorText(report.error, output).trimEnd().split("\n").map(indented)
  return [titleLine(name, report, output), ...error, ...lines, `  ${verdict(report, paint, wording)}`].join("\n").concat("\n")
}

// source ── shop at db.example.com:5432 as reader ───────────
function titleLine(name: string, { connection }: CheckedDatabase, { paint, width }: Pick<Output, "paint" | "width">): string {
  const where = connection === undefined ? "" : ` ${printable(connection.database)} as ${printable(connection.user)} ─`
  const title = `─ ${printable(name)} ─${where}`
  return paint.heading(`${title}${"─".repeat(Math.max(0, Math.min(width, 100) - displayWidth(title)))}`)
}

function findingLines(
  { level, found, why, fix, statements = [] }: Finding,
  output: Pick<Output, "paint" | "width">,
  printed: Set<string>,
): string[] {
  const { paint, width } = output
  const [first = "", ...rest] = wrapped(printable(found), width - 4).map((line) => (level === "info" ? paint.quiet(line) : line))
  const sign = paint[PAINTS[level]](SIGNS[level])
  const fixes = level === "warn" || level === "fail" ? [...labelled("why", why, output), ...labelled("fix", fix, output)] : []
  return [
    `  ${sign} ${first}`,
    ...rest.map((line) => `    ${line}`),
    ...fixes,
    ...(fixes.length > 0 ? statementLines(statements, printed, paint) : []),
  ]
}

/** Statements are printed unwrapped, on separate lines, for copying. Only once: two findings may have the same fix. */
function statementLines(statements: readonly string[], printed: Set<string>, paint: Paint): string[] {
  if (statements.length === 0) return []
  const text = statements.join("\n")
  if (printed.has(text)) return [`         ${paint.quiet("with the statements above")}`]
  printed.add(text)
  return statements.map((statement) => `         ${paint.heading(printable(statement))}`)
}

function labelled(label: string, text: string | undefined, { paint, width }: Pick<Output, "paint" | "width">): string[] {
  if (text === undefined) return []
  return wrapped(printable(text), width - 9).map((line, at) => `    ${at === 0 ? paint.quiet(label) : " ".repeat(label.length)}  ${line}`)
}

function verdict({ ok, reachable, findings, connection, durationMs }: CheckedDatabase, paint: Paint, wording: Verdict): string {
  const count = (level: FindingLevel) => findings.filter((finding) => finding.level === level).length
  const warnings = count("warn")
  const latency = connection?.latencyMs === undefined ? "" : `a round trip takes ${connection.latencyMs.toFixed(1)} ms, `
  const after = `${latency}all of it took ${Math.round(durationMs)} ms`
  if (!reachable) return paint.bad(`not reachable (${after})`)
  if (!ok) return paint.bad(`${wording.bad}: ${count("fail")} failed (${after})`)
  return paint.good(`${wording.good}${warnings === 0 ? "" : `, ${warnings} warning${warnings === 1 ? "" : "s"}`} (${after})`)
}

function indented(line: string): string {
  return `  ${line}`
}
