import { diffArrays, diffWordsWithSpace } from "diff"

/** A line or list item: in both texts, only in the source, or only in the target. */
export interface LineChange {
  readonly mark: " " | "-" | "+"
  readonly text: string
}

/** A piece of a line, and whether the other side has it, too. */
export type Part = readonly [text: string, changed: boolean]

/** The search for the shortest edit script is quadratic in its length: beyond this, everything counts as replaced. A report can have thousands of texts. */
const LONGEST_WAY = 400

/** The shortest edit script by whole lines; equal lines keep their place. */
export function lineChanges(source: readonly string[], target: readonly string[]): LineChange[] {
  const changes = diffArrays([...source], [...target], { maxEditLength: LONGEST_WAY })
  if (changes === undefined)
    return [...source.map((text) => ({ mark: "-", text }) as const), ...target.map((text) => ({ mark: "+", text }) as const)]
  return changes.flatMap(({ value, added, removed }) => value.map((text) => ({ mark: removed ? "-" : added ? "+" : " ", text }) as const))
}

/** The words of each of two lines that are not in the other one. */
export function wordChanges(source: string, target: string): { readonly source: readonly Part[]; readonly target: readonly Part[] } {
  const changes = diffWordsWithSpace(source, target, { maxEditLength: LONGEST_WAY })
  if (changes === undefined) return { source: [[source, true]], target: [[target, true]] }
  return {
    source: changes.filter(({ added }) => !added).map(({ value, removed }) => [value, removed] as const),
    target: changes.filter(({ removed }) => !removed).map(({ value, added }) => [value, added] as const),
  }
}

/** Equal lines shown around a difference. */
const CONTEXT = 3

/** Only the surroundings of differences; `undefined` stands for at least two omitted lines, because one would be as short as the sign for it. */
export function withoutFarLines(lines: readonly LineChange[]): readonly (LineChange | undefined)[] {
  const near = lines.map(() => false)
  for (const [at, { mark }] of lines.entries()) if (mark !== " ") near.fill(true, Math.max(0, at - CONTEXT), at + CONTEXT + 1)
  const alone = (at: number) => (near[at - 1] ?? true) && (near[at + 1] ?? true)
  const kept = lines.map((line, at) => (near[at] || alone(at) ? line : undefined))
  return kept.filter((line, at) => line !== undefined || at === 0 || kept[at - 1] !== undefined)
}
