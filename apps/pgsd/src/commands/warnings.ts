import { type Configuration, parseConnectionString } from "@pgsd/config"
import type { CommonOptions } from "../cli/options.ts"
import type { Terminal } from "../cli/terminal.ts"
import { printable } from "../render/printable.ts"

/** What was accepted but probably not meant. */
export function writeWarnings({ warnings }: Configuration, options: CommonOptions, { err }: Terminal): void {
  const exposed = (["source", "target"] as const).filter((side) => hasPassword(options[side]))
  const texts = [
    ...exposed.map(
      (side) => `--${side} has a password in it, which other users of this machine can see; PGSD_${side.toUpperCase()}_URL hides it`,
    ),
    ...warnings.map(({ message }) => message),
  ]
  for (const text of texts) err.write(`${err.paint.changed("pgsd: warning:")} ${printable(text)}\n`)
}

function hasPassword(connection: string | undefined): boolean {
  if (connection === undefined || !/[:=]/.test(connection)) return false
  try {
    return parseConnectionString(connection).password !== undefined
  } catch {
    // A folder, or what the configuration has accepted in another form.
    return false
  }
}
