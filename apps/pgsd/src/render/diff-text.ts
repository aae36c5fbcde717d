import type { Difference } from "../model/difference.ts"
import { groupOf } from "../model/order.ts"
import type { DiffReport } from "../model/report.ts"
import { differenceLines, type Layout, MARKS, marked } from "./difference-lines.ts"
import { displayWidth, printable, wrapped } from "./printable.ts"
import { environmentLine, notComparedLine, summaryLine } from "./summary.ts"
import { kindWord } from "./words.ts"

/** The comparison as people read it: by schema, then by table, with what changed beside it and a summary at the end. */
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
  const schemas = groupBy(differences, ({ schema }) => schema ?? "")
  return [...schemas].flatMap(([schema, of]) => [
    layout.paint.heading(schema === "" ? "database" : `schema ${printable(schema)}`),
    ...[...groupBy(of, (each) => JSON.stringify([groupOf(each), each.parent?.kind ?? each.kind])).values()].flatMap((group) =>
      groupLines(group, layout),
    ),
    "",
  ])
}

// What changed inside a table stands under the table's name, whether or not the table itself changed.
function groupLines(group: readonly Difference[], layout: Layout): string[] {
  const inside = group.filter(({ parent }) => parent !== undefined)
  const own = group.filter(({ parent }) => parent === undefined)
  const parent = inside[0]?.parent
  const standsForAll = own.some(({ kind, name }) => kind === parent?.kind && name === parent.name)
  const heading =
    parent === undefined || standsForAll
      ? []
      : [`  ${layout.paint.changed(`${MARKS.changed} ${kindWord(parent.kind)} ${printable(parent.name)}`)}`]
  return [...differenceLines(own, 2, layout), ...heading, ...differenceLines(inside, 6, layout)]
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
