import type { ExplainedSetting } from "@pgsd/config"
import type { Output } from "../cli/terminal.ts"
import { inColumns } from "./columns.ts"
import { printable, printableJson } from "./printable.ts"

/** The origin of one database's settings. */
export interface Explanation {
  readonly name: string
  readonly driver: string
  /** Of an embedded database. */
  readonly dataDirectory?: string
  readonly settings: readonly ExplainedSetting[]
}

interface ExplainContext {
  readonly profile: string
  readonly file: string | undefined
  /** Defaults too. @default false */
  readonly all: boolean
}

/** For each database: setting, value and source; then what was derived from them. */
export function explainText(
  explanations: readonly Explanation[],
  context: ExplainContext,
  output: Pick<Output, "paint" | "width">,
): string {
  const file = context.file === undefined ? "no configuration file" : `configuration file ${printable(context.file)}`
  const header = output.paint.quiet(`profile ${printable(context.profile)}, ${file}`)
  return [header, ...explanations.map((explanation) => sectionOf(explanation, context.all, output))].join("\n\n").concat("\n")
}

export function explainJson(explanations: readonly Explanation[], { profile, file }: ExplainContext): string {
  return printableJson(`${JSON.stringify({ format: 1, profile, file, databases: explanations }, null, 2)}\n`)
}

function sectionOf(
  { name, driver, dataDirectory, settings }: Explanation,
  all: boolean,
  { paint, width }: Pick<Output, "paint" | "width">,
): string {
  const data = dataDirectory === undefined ? "" : `, data in ${printable(dataDirectory)}`
  const shown = settings.filter((setting) => all || setting.source !== "default" || isOutcome(setting))
  const hidden = settings.length - shown.length
  return [
    `${paint.heading(printable(name))}  driver ${printable(driver)}${data}`,
    ...inColumns(
      shown.map((setting) => cellsOf(setting, name)),
      width - 2,
    ).map((line) => `  ${line}`),
    ...(hidden === 0 ? [] : [`  ${paint.quiet(`and ${hidden} defaults, which --all shows`)}`]),
  ].join("\n")
}

// Derived from the settings: `→ host`, `→ encryption`.
function isOutcome({ key }: ExplainedSetting): boolean {
  return key.startsWith("→")
}

// A source ends with the database's name, which is the section's heading anyway.
function cellsOf({ key, value, source, note }: ExplainedSetting, database: string): string[] {
  const from = source.replace(`, databases.${database}`, "")
  return [printable(key), printable(value), printable(note === undefined ? from : `${from} (${note})`)]
}
