// @ts-check
import uPlot from "./uplot.js"

/** @typedef {import("../src/update.ts").Sample} Sample */
/**
 * @typedef {object} Line
 * @property {string} name also the name of its colour in the style sheet
 * @property {(sample: Sample) => number | null} ask
 * @property {boolean} [stacked] an area on top of those before it
 */

/** The period on the screen, in seconds; less while there is less data. */
const MOST_SECONDS = 300
const LEAST_SECONDS = 60
const HEIGHT = 200

const color = (/** @type {string} */ name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/**
 * A chart over time.
 *
 * @param {HTMLElement} parent
 * @param {readonly Line[]} lines
 * @param {{ unit: string, least: number }} scale
 */
export function chartOf(parent, lines, { unit, least }) {
  /** @type {uPlot.AlignedData} */
  let data = [[], ...lines.map(() => [])]
  const order = [...lines.keys()]
  const stacked = order.filter((at) => lines[at]?.stacked)
  const clock = (/** @type {number} */ seconds) =>
    new Date(seconds * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false })
  const axis = {
    stroke: () => color("quiet"),
    grid: { stroke: () => color("line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  }
  const plot = new uPlot(
    {
      width: parent.clientWidth || 300,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: true, range: (_, __, max) => [Math.min(max - LEAST_SECONDS, Math.max(data[0][0] ?? max, max - MOST_SECONDS)), max] },
        y: { range: (_, __, max) => [0, Math.max(least, (max ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, size: 30, space: 90, values: (_, values) => values.map(clock) },
        { ...axis, size: 54, values: (_, values) => values.map((value) => `${value}${unit}`) },
      ],
      series: [
        {},
        ...lines.map(({ name, stacked }) => ({
          stroke: () => color(name),
          width: stacked ? 1 : 2,
          points: { show: false },
          ...(stacked && { fill: () => color(name) }),
        })),
      ],
      // Between an area and the one below it.
      bands: stacked.slice(1).map((at) => ({ series: [at + 1, at] })),
    },
    data,
    parent,
  )
  new ResizeObserver(() => plot.setSize({ width: parent.clientWidth, height: HEIGHT })).observe(parent)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw())
  return {
    /** @param {readonly Sample[]} samples */
    show(samples) {
      data = [
        samples.map(({ at }) => at / 1000),
        ...lines.map(({ ask, stacked }, index) => samples.map((sample) => (stacked ? stackedValue(sample, index) : ask(sample)))),
      ]
      plot.setData(data)
    },
  }

  /** @param {Sample} sample @param {number} index */
  function stackedValue(sample, index) {
    return lines.slice(0, index + 1).reduce((sum, line) => sum + (line.stacked ? (line.ask(sample) ?? 0) : 0), 0)
  }
}
