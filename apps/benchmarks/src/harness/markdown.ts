import type { MeasuredSection, Results, Table } from "./report.ts"

const START = "<!-- bench:start -->"
const END = "<!-- bench:end -->"

/** Every table of every section. */
export function fullText(results: Results): string {
  return [machineLine(results), ...Object.values(results.sections).map((section) => sectionText(section, section.tables))].join("\n\n")
}

/** The tables that the pool's README shows. */
export function headlineText(results: Results): string {
  const sections = Object.values(results.sections)
    .map((section) => ({ section, tables: section.tables.filter(({ headline }) => headline) }))
    .filter(({ tables }) => tables.length > 0)
  return [machineLine(results), ...sections.map(({ section, tables }) => sectionText(section, tables))].join("\n\n")
}

/** @throws when the text has no place for it */
export function replaceBetweenMarkers(text: string, content: string): string {
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new Error(`no ${START} … ${END}`)
  return `${text.slice(0, start + START.length)}\n\n${content}\n\n${text.slice(end)}`
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
