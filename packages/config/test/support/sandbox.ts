import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"

export interface SandboxFile {
  readonly content: string
  readonly mode?: string
}

/** A separate home directory with the files of a case; `{DIR}` and `{OSUSER}` in texts stand for it and for the user. */
export interface Sandbox {
  readonly directory: string
  fill(text: string): string
  env(more?: Readonly<Record<string, string>>): Record<string, string>
}

export function sandbox(files: Readonly<Record<string, SandboxFile>> = {}): Sandbox {
  const directory = mkdtempSync(join(tmpdir(), "pgsd-config-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const socketDirectory = join(directory, "sockets")
  mkdirSync(socketDirectory)
  const fill = (text: string) =>
    text.replaceAll("{DIR}", directory).replaceAll("{OSUSER}", userInfo().username).replaceAll("{SOCKDIR}", socketDirectory)
  for (const [name, { content, mode }] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, fill(content))
    if (mode !== undefined) chmodSync(path, Number.parseInt(mode, 8))
  }
  return {
    directory,
    fill,
    env: (more = {}) => ({
      HOME: directory,
      PGSYSCONFDIR: join(directory, "nosys"),
      ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, fill(value)])),
    }),
  }
}
