interface DiffLine {
  readonly mark: " " | "-" | "+"
  readonly text: string
}

/** The shortest way from one text to the other by whole lines (longest common subsequence); equal lines keep their place. */
export function lineDiff(source: readonly string[], target: readonly string[]): DiffLine[] {
  const lengths = commonLengths(source, target)
  const lines: DiffLine[] = []
  let from = 0
  let to = 0
  while (from < source.length || to < target.length) {
    if (from < source.length && source[from] === target[to]) {
      lines.push({ mark: " ", text: source[from]! })
      from++
      to++
    } else if (to === target.length || (from < source.length && lengths[from + 1]![to]! >= lengths[from]![to + 1]!)) {
      lines.push({ mark: "-", text: source[from++]! })
    } else lines.push({ mark: "+", text: target[to++]! })
  }
  return lines
}

/** `lengths[i][j]`: how many lines the rests from `i` and from `j` have in common. */
function commonLengths(source: readonly string[], target: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: source.length + 1 }, () => new Array<number>(target.length + 1).fill(0))
  for (let i = source.length - 1; i >= 0; i--)
    for (let j = target.length - 1; j >= 0; j--)
      lengths[i]![j] = source[i] === target[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  return lengths
}
