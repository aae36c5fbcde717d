import { PRINTING_SETTINGS } from "@pgsd/connector"
import { quoteLiteral } from "@pgsd/driver"
import type { Catalog } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import type { DiffReport } from "../model/report.ts"
import { scriptOf } from "../sql/plan.ts"
import type { Step } from "../sql/steps.ts"
import { MARKS } from "./difference-lines.ts"
import { kindLabel } from "./labels.ts"
import { printable } from "./printable.ts"
import { notComparedLine } from "./summary.ts"

interface SqlOptions {
  /** Destructive statements are comments unless this is set. */
  readonly allowDrops?: boolean | undefined
  /** Differences that were not asked for, which statements may need. */
  readonly unselected?: readonly Difference[]
}

/** The settings under which the definitions were printed, so that they are parsed as intended. Function bodies are checked when they run. */
const SETTINGS = [
  "search_path = pg_catalog, pg_temp",
  "check_function_bodies = off",
  ...Object.entries(PRINTING_SETTINGS).map(([name, value]) => `${name} = ${quoteLiteral(value)}`),
]

/** Statements that turn the source into the target, as far as that is safe and certain; the rest in comments. */
export function diffSql(
  report: DiffReport,
  source: Catalog,
  target: Catalog,
  { allowDrops = false, unselected = [] }: SqlOptions = {},
): string {
  const { steps, reported } = scriptOf(report.differences, source, target, { allowDrops, unselected })
  const first = steps.filter(({ phase }) => phase === "before")
  const rest = steps.filter(({ phase }) => phase !== "before")
  const notCompared = notComparedLine(report.source.notCompared, report.target.notCompared)
  const text = (step: Step) => (step.destructive === true && !allowDrops ? commented(step.sql) : step.sql)
  const isActive = rest.some(({ destructive }) => destructive !== true || allowDrops)
  const parts = [
    [
      ...commentLines(`From ${sideText(report.source)}`),
      ...commentLines(`to   ${sideText(report.target)}`),
      "-- Review before use: written by pgsd diff from two schemas, without a look at the data. To be run on the source.",
      "-- New keys, checks and NOT NULL fail where rows are against them. With psql -v ON_ERROR_STOP=1 the script ends at the first error.",
      ...(report.differences.length === 0 ? ["-- No differences."] : []),
      ...(steps.some(({ destructive }) => destructive === true) && !allowDrops
        ? ["-- What takes something away is a comment; --allow-drops writes it as statements."]
        : []),
    ],
    first.length === 0 ? [] : ["-- Each of these commits by itself: a new label can be used only then.", ...first.map(text)],
    isActive ? ["BEGIN;", ...SETTINGS.map((setting) => `SET LOCAL ${setting};`)] : [],
    rest.map(text),
    isActive ? ["COMMIT;"] : [],
    reported.length === 0
      ? []
      : ["-- Not written:", ...reported.flatMap(({ difference, reason }) => commentLines(`  ${differenceText(difference)}: ${reason}`))],
    notCompared === undefined ? [] : commentLines(notCompared),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`
}

function sideText({ place, server }: DiffReport["source"]): string {
  return `${place}, ${server}`
}

function differenceText({ change, kind, schema, parent, on, name }: Difference): string {
  const path = [
    schema,
    parent?.name,
    on === undefined || on.name === parent?.name ? undefined : on.name,
    kind === "comment" || kind === "owner" ? undefined : name,
  ]
  return `${MARKS[change]} ${kindLabel(kind)} ${path.filter((part) => part != null).join(".")}`
}

// A name can contain a line break: anything after it would be a statement.
function commentLines(text: string): string[] {
  return [`-- ${printable(text)}`]
}

/** Prefixes every line, so that names and strings stay in the comment. */
function commented(sql: string): string {
  return sql
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `-- ${line}`)
    .join("\n")
}
