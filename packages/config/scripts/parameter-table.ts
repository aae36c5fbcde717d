import { PARAMETERS, type ParameterDescriptor } from "../src/index.ts"

export const BEGIN = "<!-- parameters: pnpm --filter @pgsd/config generate -->"
export const END = "<!-- end of parameters -->"

/** libpq's parameters as a Markdown table, generated from the parameter table. */
export function parameterTable(): string {
  const rows = PARAMETERS.map((each) => `| \`${each.name}\` | ${code(each.env)} | ${code(each.default)} | ${meaning(each)} |`)
  return ["| parameter | variable | default | meaning |", "|---|---|---|---|", ...rows].join("\n")
}

/** Replaces the table between the markers. */
export function withParameterTable(readme: string): string {
  const start = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (start === -1 || end < start) throw new Error(`the README has no ${BEGIN} and ${END}`)
  return `${readme.slice(0, start)}${BEGIN}\n\n${parameterTable()}\n\n${readme.slice(end)}`
}

function meaning({ meaning: text, values, effect, since }: ParameterDescriptor): string {
  const notes = [
    values === undefined ? undefined : values.map((value) => `\`${value}\``).join(", "),
    effect === "honoured" ? undefined : effect === "refused" ? "**refused**" : "*no effect*",
    since === undefined ? undefined : `PostgreSQL ${since}`,
  ].filter((note) => note !== undefined)
  return [text, ...notes].join("; ").replaceAll("|", "\\|")
}

function code(value: string | undefined): string {
  return value === undefined || value === "" ? "" : `\`${value}\``
}
