import { displayWidth, padded, wrapped } from "./printable.ts"

/** Rows of cells, each column as wide as necessary; longer cells are wrapped within their column. */
export function inColumns(rows: readonly (readonly string[])[], width: number, gap = 2): string[] {
  const widths = columnWidths(rows, width, gap)
  return rows.flatMap((row) => {
    const cells = row.map((cell, at) => wrapped(cell, widths[at]!))
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, at) => padded(lines[line] ?? "", widths[at]!))
        .join(" ".repeat(gap))
        .trimEnd(),
    )
  })
}

// Columns from the left get what they need; the last two share the rest if it is not enough.
function columnWidths(rows: readonly (readonly string[])[], width: number, gap: number): number[] {
  const count = rows[0]?.length ?? 0
  const needed = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => displayWidth(row[at]!))))
  const room = width - gap * (count - 1)
  if (needed.reduce((sum, each) => sum + each, 0) <= room || count < 2) return needed
  const fixed = needed.slice(0, -2)
  const rest = room - fixed.reduce((sum, each) => sum + each, 0)
  const middle = Math.min(needed.at(-2)!, Math.floor(rest / 2))
  return [...fixed, middle, rest - middle]
}
