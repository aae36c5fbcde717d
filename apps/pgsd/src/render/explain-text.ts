import type { ExplainedSetting } from "@pgsd/config"
import Table from "cli-table3"
import type { Output } from "../cli/terminal.ts"
import { printable } from "./printable.ts"

/** Why one database is where it is. */
export interface Explanation {
  readonly name: string
  readonly driver: string
  /** Of an embedded database. */
  readonly dataDirectory?: string
  readonly settings: readonly ExplainedSetting[]
}

export interface ExplainContext {
  readonly profile: string
  readonly file: string | undefined
  /** Defaults too. @default false */
  readonly all: boolean
}

/** A table for each database: the setting, its value, where it comes from. */
export function explainText(
  explanations: readonly Explanation[],
  context: ExplainContext,
  { paint, width }: Pick<Output, "paint" | "width">,
): string {
  const header = `profile ${printable(context.profile)}, ${context.file === undefined ? "no configuration file" : `configuration file ${printable(context.file)}`}`
  const sections = explanations.map((explanation) => {
    const { name, driver, dataDirectory, settings } = explanation
    const title = `${paint.heading(printable(name))}  driver ${printable(driver)}${dataDirectory === undefined ? "" : `, data in ${printable(dataDirectory)}`}`
    const shown = context.all ? settings : settings.filter(({ source }) => source !== "default")
    const hidden = settings.length - shown.length
    const rest = hidden === 0 ? "" : `${paint.quiet(`${hidden} defaults: --all shows them`)}\n`
    return settings.length === 0 ? `${title}\n` : `${title}\n${tableOf(shown, width)}\n${rest}`
  })
  return [`${paint.quiet(header)}\n`, ...sections].join("\n")
}

export function explainJson(explanations: readonly Explanation[], context: ExplainContext): string {
  const { profile, file } = context
  return `${JSON.stringify({ format: 1, profile, file, databases: explanations }, null, 2)}\n`
}

function tableOf(settings: readonly ExplainedSetting[], width: number): string {
  const key = Math.min(30, Math.max(...settings.map((setting) => setting.key.length)) + 2)
  const rest = width - key - 4
  const value = Math.floor(rest * 0.45)
  const table = new Table({
    head: ["setting", "value", "from"],
    colWidths: [key, value, rest - value],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [], compact: true },
  })
  for (const { key: name, value: text, source, note } of settings)
    table.push([printable(name), printable(text), printable(note === undefined ? source : `${source} (${note})`)])
  return table.toString()
}
