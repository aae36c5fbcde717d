import { execFile, execFileSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { EXAMPLES } from "../src/cli/examples.ts"
import { createProgram } from "../src/cli/program.ts"
import { run } from "../src/cli/run.ts"
import { recordingTerminal } from "./support/terminal.ts"

const SHELLS = ["bash", "zsh", "fish"] as const

const execute = promisify(execFile)
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgsd-completion-"))
  for (const shell of SHELLS) {
    const terminal = recordingTerminal()
    expect(await run(["completion", shell], terminal)).toBe(0)
    await writeFile(scriptOf(shell), terminal.stdout())
  }
  await writeFile(join(folder, "settings file.json"), "{}")
})
afterAll(() => rm(folder, { recursive: true }))

describe("examples", () => {
  const program = createProgram(recordingTerminal(), () => {})

  test("are in the help of every command, and of the program", () => {
    for (const command of [program, ...program.commands]) {
      const terminal = recordingTerminal()
      command.configureOutput({ writeOut: terminal.out.write })
      command.outputHelp()
      expect(terminal.stdout(), command.name()).toMatch(/\nExamples:\n {2}pgsd .*\n {6}\S/)
    }
    expect(Object.keys(EXAMPLES).sort()).toEqual(["pgsd", ...program.commands.map((command) => command.name())].sort())
  })

  test.each(Object.values(EXAMPLES).flatMap((examples) => examples.map(([line]) => [line])))(
    "%s is a line that the program understands",
    (line) => {
      const [, name, ...args] = line.replace(/ >>? .*/, "").split(" ")
      const command = program.commands.find((each) => each.name() === name)
      expect(command?.parseOptions(args).unknown.filter((arg) => arg !== "--help")).toEqual([])
    },
  )
})

describe("a press of TAB", { timeout: 90_000 }, () => {
  test("in bash", async () => {
    const press = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pgsd; echo "\${COMPREPLY[*]}"`
    const pressed = (line: string) => output("bash", ["--norc", "-c", press, "bash", scriptOf("bash"), ...line.split(" ")])
    expect(await allOf(BASH, pressed)).toEqual(BASH)
  })

  test.skipIf(!has("fish"))("in fish", async () => {
    const pressed = async (line: string) => {
      const found = await output("fish", ["--no-config", "-c", "source $argv[1]; complete -C $argv[2]", scriptOf("fish"), line])
      return found.replaceAll(/\t.*$/gm, "").split("\n").join(" ")
    }
    expect(await allOf(FISH, pressed)).toEqual(FISH)
  })

  test.skipIf(!has("zsh"))("in zsh", async () => {
    const program = fileURLToPath(new URL("support/press-tab.zsh", import.meta.url))
    const found = await output("zsh", ["-f", program, scriptOf("zsh"), ...Object.keys(ZSH)])
    expect(found.split("\n")).toEqual(Object.values(ZSH))
  })
})

// The completions of each shell for a line.
const BASH = {
  "pgsd ": [...Object.keys(EXAMPLES).filter((name) => name !== "pgsd"), "--version", "--help"].join(" "),
  "pgsd di": "diff",
  "pgsd diff --no-": "--no-owner --no-privileges --no-comments --no-extension-versions",
  "pgsd diff --only mat": "materialized_view",
  "pgsd diff --format = h": "html",
  "pgsd verify --format =": "text json",
  "pgsd verify -f ": "text json",
  "pgsd diff -s ": "",
  "pgsd diff -s x -t y --st": "--strict",
  "pgsd completion ": "bash zsh fish --help",
  "pgsd explain -c set": "settings file.json",
  "pgsd doctor --po": "--pool-max",
}
const FISH = {
  "pgsd di": "diff",
  "pgsd diff --str": "--strict",
  "pgsd verify --format ": "json text",
  "pgsd verify --format=j": "--format=json",
  "pgsd completion ": "bash fish zsh",
  "pgsd explain -c set": "settings file.json",
}
// The resulting line.
const ZSH = {
  "pgsd wat": "pgsd watch ",
  "pgsd diff --str": "pgsd diff --strict ",
  "pgsd diff --format=h": "pgsd diff --format=html ",
  "pgsd explain -c set": "pgsd explain -c settings\\ file.json ",
}

async function allOf(lines: object, pressed: (line: string) => Promise<string>): Promise<Record<string, string>> {
  const results: Record<string, string> = {}
  for (const line of Object.keys(lines)) results[line] = await pressed(line)
  return results
}

function scriptOf(shell: (typeof SHELLS)[number]): string {
  return join(folder, `completion.${shell}`)
}

async function output(name: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(name, args, {
    cwd: folder,
    timeout: 60_000,
    env: { PATH: process.env.PATH, HOME: folder, TERM: "xterm" },
  })
  return stdout.replace(/\n$/, "")
}

function has(program: string): boolean {
  try {
    execFileSync(program, ["-c", "true"], { timeout: 10_000, stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
