/** A series of a chart: one value per 100 ms. */
export interface Line {
  readonly name: string
  readonly values: readonly number[]
}

interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
  /** Higher values are clipped, so that one policy does not flatten the others. */
  readonly top: number
}

const WIDTH = 860
const PANEL = 190
const LEFT = 60
const TOP = 58
const BETWEEN = 52
/** Readable on light and dark pages, and distinguishable by dashes as well as by colour. */
const STYLES = [
  ["#2563eb", ""],
  ["#d97706", "6 3"],
  ["#9333ea", "2 3"],
  ["#059669", "10 3 2 3"],
] as const

/** A time series chart, as self-contained SVG. */
export function chart(title: string, panels: readonly Panel[], secondsPerValue: number): string {
  const height = TOP + panels.length * (PANEL + BETWEEN)
  const names = panels[0]!.lines.map(({ name }) => name)
  const legend = names.map((name, n) => {
    const [colour, dash] = STYLES[n]!
    const x = LEFT + n * 195
    return `<path d="M${x} 40h26" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/><text x="${x + 32}" y="44">${escaped(name)}</text>`
  })
  const drawn = panels.map((panel, n) => panelOf(panel, TOP + n * (PANEL + BETWEEN), secondsPerValue))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#888">
<title>${escaped(title)}</title>
<text x="${LEFT}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>
${[...legend, ...drawn].join("\n")}
</svg>
`
}

function panelOf({ title, lines, top }: Panel, y: number, secondsPerValue: number): string {
  const count = Math.max(...lines.map(({ values }) => values.length))
  const width = WIDTH - LEFT - 20
  const at = (n: number) => (LEFT + (n / count) * width).toFixed(1)
  const up = (value: number) => (y + PANEL - (Math.min(value, top) / top) * (PANEL - 16)).toFixed(1)
  const seconds = count * secondsPerValue
  const marks = Array.from({ length: 9 }, (_, n) => (n * seconds) / 8)
  const axis = marks.map(
    (second) => `<text x="${at(second / secondsPerValue)}" y="${y + PANEL + 15}" text-anchor="middle">${second} s</text>`,
  )
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<path d="M${LEFT} ${up(top * part)}H${WIDTH - 20}" stroke="#888" stroke-opacity="0.3"/><text x="${LEFT - 6}" y="${Number(up(top * part)) + 4}" text-anchor="end">${Math.round(top * part)}</text>`,
  )
  const paths = lines.map(({ values }, n) => {
    const [colour, dash] = STYLES[n]!
    const points = values.map((value, at_) => `${at(at_)},${up(value)}`)
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="${dash}"/>`
  })
  return [`<text x="${LEFT}" y="${y + 8}" font-weight="bold">${escaped(title)}</text>`, ...grid, ...axis, ...paths].join("\n")
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}
