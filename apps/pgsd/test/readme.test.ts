import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { createProgram } from "../src/cli/program.ts"
import { run } from "../src/cli/run.ts"
import { DRIVER_NAMES } from "../src/drivers.ts"
import { recordingTerminal } from "./support/terminal.ts"

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")

test("the README names every command, option and driver, and no other option", () => {
  const commands = createProgram(recordingTerminal(), () => {}).commands
  const options = new Set(commands.flatMap((command) => command.options.map((option) => option.long!)))
  for (const word of [...options, ...DRIVER_NAMES.map((name) => `\`${name}\``)]) expect(readme).toContain(word)
  for (const command of commands) expect(readme).toMatch(new RegExp(`\\b${command.name()}\\b`))
  const named = [...readme.matchAll(/`[^`\n]*?(--[a-z-]+)/g)].map(([, option]) => option!)
  expect(named.filter((option) => !options.has(option))).toEqual([])
})

test("the README's configuration file is valid", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pgsd-readme-"))
  try {
    const file = join(folder, "pgsd.config.json")
    await writeFile(file, /```json\n(.*?)```/s.exec(readme)![1]!)
    const terminal = recordingTerminal()
    expect(await run(["explain", "--config", file, "--profile", "production"], terminal)).toBe(0)
    expect(terminal.stderr()).toBe("")
    expect(terminal.stdout()).toMatch(/→ host +db1\.example\.com:5432/)
    expect(terminal.stdout()).toMatch(/sslmode +verify-full +file\s+".*pgsd\.config\.json",\s+profile production/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
