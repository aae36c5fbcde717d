import type { CompletableCommand, CompletableOption } from "./completable.ts"

export function fishCompletion(name: string, commands: readonly CompletableCommand[], options: readonly CompletableOption[]): string {
  const complete = `complete -c ${name}`
  const inCommand = ({ name }: CompletableCommand) => `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`
  const lines = [
    `# fish completion of ${name}; made by: ${name} completion fish`,
    `${complete} -f`,
    ...options.map((option) => `${complete} -n __fish_use_subcommand ${optionOf(option)}`),
    ...commands.map((command) => `${complete} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.description)}`),
    ...commands.flatMap((command) => [
      ...(command.values.length === 0 ? [] : [`${complete} ${inCommand(command)} -a ${quoted(command.values.join(" "))}`]),
      ...command.options.map((option) => `${complete} ${inCommand(command)} ${optionOf(option)}`),
    ]),
  ]
  return `${lines.join("\n")}\n`
}

function optionOf({ flags, description, value }: CompletableOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  return [...names, ...argumentsOfValue(value), `-d ${quoted(description)}`].join(" ")
}

function argumentsOfValue(value: CompletableOption["value"]): string[] {
  if (value === "none") return []
  if (value === "text") return ["-x"]
  if (value === "file") return ["-r", "-F"]
  return value === "folder" ? ["-x", "-a", "'(__fish_complete_directories)'"] : ["-x", "-a", quoted(value.join(" "))]
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`
}
