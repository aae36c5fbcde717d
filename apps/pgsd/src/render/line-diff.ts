interface DiffLine {
  readonly mark: " " | "-" | "+"
  readonly text: string
}

/** Cells of the table below, 8 bytes each: texts that differ in more than some 2 000 lines are shown as replaced. */
const MOST_CELLS = 4_000_000

/** The shortest way from one text to the other by whole lines (longest common subsequence); equal lines keep their place. */
export function lineDiff(source: readonly string[], target: readonly string[]): DiffLine[] {
  const [shorter] = [source.length, target.length].sort((one, other) => one - other)
  let before = 0
  while (before < shorter! && source[before] === target[before]) before++
  let after = 0
  while (after < shorter! - before && source.at(-1 - after) === target.at(-1 - after)) after++
  const middle = (lines: readonly string[]) => lines.slice(before, lines.length - after)
  return [
    ...source.slice(0, before).map(unchanged),
    ...shortestWay(middle(source), middle(target)),
    ...source.slice(source.length - after).map(unchanged),
  ]
}

function unchanged(text: string): DiffLine {
  return { mark: " ", text }
}

function shortestWay(source: readonly string[], target: readonly string[]): DiffLine[] {
  if (source.length * target.length > MOST_CELLS)
    return [...source.map((text) => ({ mark: "-", text }) as const), ...target.map((text) => ({ mark: "+", text }) as const)]
  const lengths = commonLengths(source, target)
  const lines: DiffLine[] = []
  let from = 0
  let to = 0
  while (from < source.length || to < target.length) {
    if (from < source.length && source[from] === target[to]) {
      lines.push(unchanged(source[from]!))
      from++
      to++
    } else if (to === target.length || (from < source.length && lengths[from + 1]![to]! >= lengths[from]![to + 1]!)) {
      lines.push({ mark: "-", text: source[from++]! })
    } else lines.push({ mark: "+", text: target[to++]! })
  }
  return lines
}

/** Equal lines that stay around a difference. */
const CONTEXT = 3

/** Only what is near a difference; `undefined` stands for lines left out, two at least: one is shorter than the sign for it. */
export function withoutFarLines(lines: readonly DiffLine[]): readonly (DiffLine | undefined)[] {
  const changed = lines.flatMap(({ mark }, at) => (mark === " " ? [] : [at]))
  const near = (at: number) => changed.some((change) => Math.abs(change - at) <= CONTEXT)
  const alone = (at: number) => (at === 0 || near(at - 1)) && (at === lines.length - 1 || near(at + 1))
  const kept = lines.map((line, at) => (near(at) || alone(at) ? line : undefined))
  return kept.filter((line, at) => line !== undefined || at === 0 || kept[at - 1] !== undefined)
}

/** `lengths[i][j]`: how many lines the rests from `i` and from `j` have in common. */
function commonLengths(source: readonly string[], target: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: source.length + 1 }, () => new Array<number>(target.length + 1).fill(0))
  for (let i = source.length - 1; i >= 0; i--)
    for (let j = target.length - 1; j >= 0; j--)
      lengths[i]![j] = source[i] === target[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  return lengths
}
