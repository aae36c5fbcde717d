import { type Configuration, parseConnectionString } from "@pgsd/config"
import type { CommonOptions } from "../cli/options.ts"
import type { Terminal } from "../cli/terminal.ts"
import { printable } from "../render/printable.ts"

/** Input that is valid but probably not intended. */
export function writeWarnings(
  { warnings }: Configuration,
  { source, target, connection }: CommonOptions & { readonly connection?: string | undefined },
  terminal: Terminal,
): void {
  const given = [
    ["--source", source, "PGSD_SOURCE_URL"],
    ["--target", target, "PGSD_TARGET_URL"],
    ["the connection", connection, "PGSD_SOURCE_URL"],
  ] as const
  const texts = [
    ...given
      .filter(([, value]) => hasPassword(value))
      .map(([name, , variable]) => `${name} has a password in it, which other users of this machine can see; ${variable} hides it`),
    ...warnings.map(({ message }) => message),
  ]
  for (const text of texts) writeWarning(text, terminal)
}

export function writeWarning(text: string, { err }: Terminal): void {
  err.write(`${err.paint.changed("pgsd: warning:")} ${printable(text)}\n`)
}

function hasPassword(connection: string | undefined): boolean {
  if (connection === undefined || !/[:=]/.test(connection)) return false
  try {
    return parseConnectionString(connection).password !== undefined
  } catch {
    // A folder, or another form that the configuration accepts.
    return false
  }
}
