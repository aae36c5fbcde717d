import type { Command, Option } from "commander"
import { OBJECT_KINDS } from "../../model/catalog.ts"

/** What can be completed where: read from the program's own table of commands, so that there is no second list. */
export interface CompletableCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly CompletableOption[]
  /** Values of its argument. */
  readonly values: readonly string[]
}

export interface CompletableOption {
  /** `-f`, `--format` */
  readonly flags: readonly string[]
  readonly description: string
  readonly value: Value
}

/** `none`: a switch, or a value that may be omitted; `text`: a value that cannot be completed. */
type Value = "none" | "text" | "file" | "folder" | readonly string[]

export function completableCommands(program: Command): CompletableCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: optionsOf(command),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }))
}

export function optionsOf(command: Command): CompletableOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: option.description,
      value: expectedValue(option),
    }))
}

function expectedValue({ required, argChoices, flags }: Option): Value {
  if (!required) return "none"
  if (argChoices !== undefined) return argChoices
  const [, placeholder] = /<(.+)>/.exec(flags) ?? []
  if (placeholder === "kinds") return OBJECT_KINDS
  return placeholder === "file" || placeholder === "folder" ? placeholder : "text"
}
