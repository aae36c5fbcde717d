import type { Difference } from "../model/difference.ts"
import type { DiffReport } from "../model/report.ts"
import { differenceLines, type Layout, MARKS, marked } from "./difference-lines.ts"
import { grouped, type ObjectGroup } from "./groups.ts"
import { kindLabel } from "./labels.ts"
import { displayWidth, printable, wrapped } from "./printable.ts"
import { environmentLine, notComparedLine, summaryLine } from "./summary.ts"

/** The comparison as text: by schema, then by table, with the changes beside it and a summary at the end. */
export function diffText(report: DiffReport, layout: Layout): string {
  const { paint, width } = layout
  const { source, target, differences } = report
  const side = (name: string, { place, server }: DiffReport["source"]) =>
    `${paint.heading(name)}  ${printable(place)}, ${printable(server)}`
  const header = [side("source", source), side("target", target)]
  const rest = [notComparedLine(source.notCompared, target.notCompared), environmentLine(report.environment)].filter(
    (line) => line !== undefined,
  )
  const same = differences.length === 0
  const summary = wrapped(summaryLine(report), width).map((line) => (same ? paint.good(line) : paint.heading(line)))
  return [
    ...header,
    ...(same ? [] : legend(layout)),
    "",
    ...schemaSections(differences, layout),
    ...summary,
    ...rest.flatMap((line) => wrapped(line, width).map(paint.quiet)),
  ]
    .join("\n")
    .concat("\n")
}

function legend({ paint, width }: Layout): string[] {
  const marks = [
    marked("removed", "only in source", paint),
    marked("added", "only in target", paint),
    marked("changed", "differs: source → target", paint),
  ]
  const line = marks.join("   ")
  return displayWidth(line) <= width ? [line] : marks
}

function schemaSections(differences: readonly Difference[], layout: Layout): string[] {
  return grouped(differences).flatMap(({ schema, objects }) => [
    layout.paint.heading(schema === null ? "database" : `schema ${printable(schema)}`),
    ...objects.flatMap((object) => objectLines(object, layout)),
    "",
  ])
}

// Changes inside a table are listed below its name, whether or not the table itself changed.
function objectLines({ kind, name, own, inside }: ObjectGroup, layout: Layout): string[] {
  const standsForAll = inside.length === 0 || own.length > 0
  const heading = standsForAll ? [] : [`  ${layout.paint.changed(`${MARKS.changed} ${kindLabel(kind)} ${printable(name)}`)}`]
  return [...differenceLines(own, 2, layout), ...heading, ...differenceLines(inside, 6, layout)]
}
