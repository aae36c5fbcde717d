import type { Fact, SchemaObject } from "../model/catalog.ts"
import type { Aspect, Change, Difference } from "../model/difference.ts"
import { factLabel, kindLabel } from "./labels.ts"
import { factText, itemText, partSummaryOf, withoutCreate } from "./object-line.ts"
import type { Paint } from "./paint.ts"
import { displayWidth, padded, printable, printableLines, wrapped } from "./printable.ts"
import { type LineChange, lineChanges, withoutFarLines } from "./text-changes.ts"

/** The mark of each difference; U+2212 instead of a hyphen, because it is as wide as the plus. */
export const MARKS: Readonly<Record<Change, string>> = { removed: "−", added: "+", changed: "~" }

export interface Layout {
  readonly paint: Paint
  /** Columns of the terminal. */
  readonly width: number
}

/** Several differences under one heading: short ones beside the name, in one column; long ones below it. */
export function differenceLines(differences: readonly Difference[], indent: number, layout: Layout): string[] {
  const column = Math.min(Math.max(0, ...differences.map((difference) => displayWidth(titleOf(difference)))), WIDEST_TITLE)
  return differences.flatMap((difference) => {
    const title = titleOf(difference)
    const below = layout.width - indent - 4
    const details = detailsOf(difference, below, layout)
    const beside = !details.block && displayWidth(title) <= column && details.lines.every((line) => displayWidth(line) <= below - column)
    const mark = marked(difference.change, beside && details.lines.length > 0 ? padded(title, column) : title, layout.paint)
    if (!beside) return [pad(indent, mark), ...details.lines.map((line) => pad(indent + 4, line))]
    return hanging(mark, details.lines, indent, column + 4)
  })
}

const WIDEST_TITLE = 40

/** A mark and the text after it, in the colour of the change. */
export function marked(change: Change, text: string, paint: Paint): string {
  return paint[change](`${MARKS[change]} ${text}`)
}

/** `column email`, `table orders`; `owner`, `grant to app`, `comment on column email` below the heading of their object. */
export function titleOf({ kind, name, on, parent }: Pick<Difference, "kind" | "name" | "on" | "parent">): string {
  if (on === undefined) return `${kindLabel(kind)} ${printable(name)}`
  const part = on.kind === parent?.kind && on.name === parent.name ? "" : ` on ${kindLabel(on.kind)} ${printable(on.name)}`
  return kind === "grant" ? `grant${part} to ${printable(name)}` : `${kindLabel(kind)}${part}`
}

/** Facts that are identified by their position. */
export const UNLABELLED = ["definition", "owner", "privileges", "comment", "value"]

function hanging(title: string, [first, ...rest]: readonly string[], indent: number, column: number): string[] {
  return [pad(indent, first === undefined ? title : `${title}  ${first}`), ...rest.map((line) => pad(indent + column, line))]
}

function pad(indent: number, line: string): string {
  return `${" ".repeat(indent)}${line}`.trimEnd()
}

interface Details {
  readonly lines: readonly string[]
  /** Several lines that belong together: never beside the name. */
  readonly block: boolean
}

function detailsOf(difference: Difference, room: number, layout: Layout): Details {
  const { change, aspects, contents, note } = difference
  if (change === "changed") {
    const parts = aspects.map((aspect) => aspectDetails(aspect, room, layout))
    const notes = note === undefined ? [] : wrapped(`note: ${note}`, room).map(layout.paint.quiet)
    return { lines: [...parts.flatMap(({ lines }) => lines), ...notes], block: notes.length > 0 || parts.some(({ block }) => block) }
  }
  const object = (difference.target ?? difference.source)!
  const parts = contents.map((each) => contentLine(each, contents))
  if (object.kind === "view" || object.kind === "materialized_view")
    return { lines: [...definitionLines(object), ...parts.flatMap((line) => wrapped(line, room))], block: true }
  const summary = partSummaryOf(object)
  const lines = [...(summary === "" ? [] : [summary]), ...parts]
  return { lines: lines.flatMap((line) => wrapped(line, room)), block: contents.length > 0 }
}

function definitionLines({ facts }: SchemaObject): string[] {
  return linesOf(String(facts.definition ?? ""))
}

// The parts of a table are listed like its own lines: names in one column, then the descriptions.
function contentLine(object: SchemaObject, all: readonly SchemaObject[]): string {
  const name = (each: SchemaObject) => (each.kind === "column" ? printable(each.name) : titleOf(each))
  const column = Math.min(Math.max(...all.filter(({ kind }) => kind === "column").map((each) => displayWidth(name(each)))), 30)
  return `${padded(name(object), object.kind === "column" ? column : 0)}  ${partSummaryOf(object)}`
}

function aspectDetails(aspect: Aspect, room: number, { paint }: Layout): Details {
  const { source, target } = aspect
  if (isText(source) && isText(target)) return { lines: textLines(source, target, paint), block: true }
  const label = UNLABELLED.includes(aspect.name) ? [] : [paint.quiet(factLabel(aspect.name))]
  if (isList(source) && isList(target)) {
    const items = lineChanges(source, target)
    const line = [...label, items.map((item) => listItem(item, paint)).join(", ")].join("  ")
    return displayWidth(line) <= room
      ? { lines: [line], block: false }
      : { lines: [...label, ...withoutFarLines(items).map((item) => `  ${listItem(item, paint)}`)], block: true }
  }
  const [before, after] = aspect.name === "definition" ? shortTexts(aspect) : [factText(source), factText(target)]
  const line = [...label, `${before} ${paint.quiet("→")} ${after}`].join("  ")
  if (displayWidth(line) <= room) return { lines: [line], block: false }
  return { lines: [...label, paint.removed(`− ${before}`), paint.added(`+ ${after}`)], block: true }
}

function isText(fact: Fact): fact is string {
  return typeof fact === "string" && fact.includes("\n")
}

function isList(fact: Fact): fact is readonly string[] {
  return Array.isArray(fact)
}

function textLines(source: string, target: string, paint: Paint): string[] {
  return withoutFarLines(lineChanges(linesOf(source), linesOf(target))).map((line) => {
    if (line === undefined) return paint.quiet("  …")
    const { mark, text } = line
    return mark === " " ? `  ${text}` : mark === "-" ? paint.removed(`− ${text}`) : paint.added(`+ ${text}`)
  })
}

function linesOf(text: string): string[] {
  return printableLines(text.trimEnd())
    .split("\n")
    .map((line) => line.trimEnd())
}

function listItem(item: LineChange | undefined, paint: Paint): string {
  if (item === undefined) return paint.quiet("…")
  const text = itemText(item.text)
  return item.mark === " " ? text : item.mark === "-" ? paint.removed(`− ${text}`) : paint.added(`+ ${text}`)
}

// Without CREATE INDEX … ON … unless the difference is in it.
function shortTexts({ source, target }: Aspect): readonly [before: string, after: string] {
  const short = [withoutCreate(String(source)), withoutCreate(String(target))] as const
  return short[0] === short[1] ? [factText(source), factText(target)] : [printable(short[0]), printable(short[1])]
}
