import type { MeasuredSection, Results, Table } from "./report.ts"

/** The generated parts of a page, by the name of their markers. */
export type Place = "bench" | "outcomes" | "figures"

/** Every table of every section. */
export function fullText(results: Results): string {
  return [machineLine(results), ...Object.values(results.sections).map((section) => sectionText(section, section.tables))].join("\n\n")
}

/** A row of the summary: one column of one table, for @pgsd/pool and the two most used peers. */
interface Figure {
  readonly what: string
  readonly section: string
  /** How the caption of the table begins. */
  readonly table: string
  readonly column: string
  readonly rows: readonly [ours: string, pgPool: string, postgresJs: string]
}

const OVER_PG = ["@pgsd/pool over pg", "pg-pool", "postgres.js"] as const
const PIPELINED = ["@pgsd/pool over pg, pipelineDepth 32", "pg-pool", "postgres.js"] as const
const ALONE = ["@pgsd/pool", "pg-pool", "postgres.js"] as const

const FIGURES: readonly Figure[] = [
  { what: "queries per second, 10 callers", section: "query", table: "10 callers", column: "queries per second", rows: OVER_PG },
  {
    what: "queries per second, 100 callers, `pipelineDepth: 32`",
    section: "query",
    table: "100 callers",
    column: "queries per second",
    rows: PIPELINED,
  },
  {
    what: "acquire and release, without a server, ns",
    section: "acquire",
    table: "acquire + release, one caller",
    column: "defaults",
    rows: ALONE,
  },
  { what: "bytes per waiting caller", section: "memory", table: "bytes per waiting caller", column: "defaults", rows: ALONE },
  {
    what: "failed calls of 10 workers during a server restart (1 s down)",
    section: "restart",
    table: "restart",
    column: "failed calls",
    rows: OVER_PG,
  },
  {
    what: "connection attempts in 10 s at a server that accepts and closes at once, 100 callers",
    section: "storm",
    table: "accept, then close",
    column: "attempts",
    rows: OVER_PG,
  },
]

/** For the pool's README: the outcomes of the faults, and six figures. */
export function headlineText(results: Results): string {
  const faults = results.sections.faults
  const outcomes = faults === undefined ? [] : [sectionText(faults, faults.tables.slice(0, 1))]
  return [machineLine(results), ...outcomes, tableText(summaryOf(results))].join("\n\n")
}

/** @throws Error when a figure is not where {@link FIGURES} looks for it */
export function summaryOf({ sections }: Results): Table {
  const rows = FIGURES.filter(({ section }) => section in sections).map(({ what, section, table, column, rows }) => {
    const found = sections[section]!.tables.find(({ caption }) => caption.startsWith(table))
    const at = found?.columns.indexOf(column) ?? -1
    if (at < 0) throw new Error(`the section ${section} has no column "${column}" in a table "${table} …"`)
    return [what, ...rows.map((name) => found!.rows.find(([first]) => first === name)?.[at] ?? "–")]
  })
  return {
    caption: "Figures: median (min..max), each library with its defaults",
    columns: ["measured", "@pgsd/pool", "pg-pool", "postgres.js"],
    rows,
  }
}

/** Number of faults per outcome and contestant, for the root's README. */
function countsOf({ sections }: Results): Table {
  const { columns, rows } = sections.faults!.tables[0]!
  const verdicts = ["ok", "fails", "leaks", "storms", "hangs", "crashes"]
  const count = (column: number, verdict: string) => rows.filter((row) => row[column]!.replaceAll("*", "") === verdict).length
  return {
    caption: `How ${rows.length} faults end`,
    columns: ["", ...verdicts],
    rows: columns.slice(1).map((name, index) => [name, ...verdicts.map((verdict) => String(count(index + 1, verdict) || ""))]),
  }
}

/** @throws Error when the text has no such markers */
export function replaceBetweenMarkers(text: string, content: string, place: Place = "bench"): string {
  const [startMarker, endMarker] = [`<!-- ${place}:start -->`, `<!-- ${place}:end -->`]
  const start = text.indexOf(startMarker)
  const end = text.indexOf(endMarker)
  if (start < 0 || end < start) throw new Error(`no ${startMarker} … ${endMarker}`)
  return `${text.slice(0, start + startMarker.length)}\n\n${content}\n\n${text.slice(end)}`
}

/** The root's README with both of its tables. */
export function withSummary(text: string, results: Results): string {
  const counted = replaceBetweenMarkers(text, tableText(countsOf(results)), "outcomes")
  return replaceBetweenMarkers(counted, `${machineLine(results)}\n\n${tableText(summaryOf(results))}`, "figures")
}

export function tableText({ caption, columns, rows }: Table): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`
  const rule = `|${columns.map((_, index) => (index === 0 ? "---" : "---:")).join("|")}|`
  return [`**${caption}**`, "", line(cells[0]!), rule, ...cells.slice(1).map(line)].join("\n")
}

function sectionText(section: MeasuredSection, tables: readonly Table[]): string {
  return [`### ${section.title}`, section.meaning, ...tables.map(tableText)].join("\n\n")
}

function machineLine({ machine, sections }: Results): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  const loads = Object.values(sections).map(({ loadBefore }) => loadBefore)
  const dates = Object.values(sections).map(({ measuredAt }) => measuredAt.slice(0, 10))
  const load =
    loads.length === 0 ? "" : `; load average before the sections ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`
  return `Measured ${[...new Set(dates)].join(", ")} by \`pnpm bench\` on ${machine.cores} cores (${machine.cpu}), ${machine.platform}, Node ${machine.node}${load}. ${versions.join(", ")}.`
}
