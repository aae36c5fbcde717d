import type { Command } from "commander"
import { bashCompletion } from "./bash.ts"
import { completableCommands, optionsOf } from "./completable.ts"
import { fishCompletion } from "./fish.ts"
import { zshCompletion } from "./zsh.ts"

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

export type Shell = keyof typeof SCRIPTS

/** A completion script for a shell. No program is started when a user presses TAB. */
export function completionScript(shell: Shell, program: Command): string {
  return SCRIPTS[shell](program.name(), completableCommands(program), optionsOf(program))
}
