import type { Fact } from "../../model/catalog.ts"
import { itemText } from "../object-line.ts"
import { printableLines } from "../printable.ts"
import { type LineChange, lineChanges, type Part, wordChanges } from "../text-changes.ts"
import type { RowData } from "./page-data.ts"

/** Both sides of a fact as lines side by side: equal lines in one row, replaced ones with changed words marked. */
export function factRows(source: Fact, target: Fact): RowData[] {
  const rows: RowData[] = []
  let removed: string[] = []
  let added: string[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) rows.push(replaced(removed[at], added[at]))
    removed = []
    added = []
  }
  for (const { mark, text } of changesOf(source, target)) {
    if (mark === "-") removed.push(text)
    else if (mark === "+") added.push(text)
    else {
      flush()
      rows.push([text, text])
    }
  }
  flush()
  return rows
}

function changesOf(source: Fact, target: Fact): readonly LineChange[] {
  return lineChanges(linesOf(source), linesOf(target))
}

/** A text by its lines, a list by its items; none has no line. */
function linesOf(fact: Fact): string[] {
  if (fact === null) return []
  if (typeof fact !== "string") return fact.map(itemText)
  return printableLines(fact.trimEnd())
    .split("\n")
    .map((line) => line.trimEnd())
}

function replaced(source: string | undefined, target: string | undefined): RowData {
  if (source === undefined) return [null, [[target!, true]]]
  if (target === undefined) return [[[source, true]], null]
  const words = wordChanges(source, target)
  return isAlike(words.source, source) || isAlike(words.target, target)
    ? [words.source, words.target]
    : [[[source, true]], [[target, true]]]
}

/** Lines that share less than this are unrelated: marking single letters would only confuse. */
const LEAST_SHARED = 0.3

function isAlike(parts: readonly Part[], text: string): boolean {
  const shared = parts.reduce((sum, [part, changed]) => (changed ? sum : sum + part.trim().length), 0)
  return shared >= LEAST_SHARED * text.trim().length
}
