import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startCommand } from "./support/command.ts"

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgsd-demo-"))
})
afterAll(() => rm(folder, { recursive: true }))

// The first run has to unpack the server programs and create two clusters.
describe("demo", { timeout: 90_000 }, () => {
  test("shows explain, verify and diff on two servers, writes the page, exits 0, and leaves nothing else behind", async () => {
    const demo = startCommand(["demo"], { env: environment() })
    const { exitCode, stdout, stderr } = await demo.finished
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" })
    for (const text of ["$ pgsd explain", "$ pgsd verify", "$ pgsd diff", "fit for a comparison", "+ table coupons", "48 differences"])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain("not reachable")
    const lines = stdout.split("\n")
    for (const line of await linesInReadme()) expect(lines).toContain(line)
    const page = fileURLToPath(/file:\S+/.exec(stdout)![0])
    expect(await readFile(page, "utf8")).toContain("<title>pgsd diff: shop at 127.0.0.1:")
    await rm(dirname(page), { recursive: true })
    await expectNothingLeft(portsIn(stdout))
  })

  test.each([
    ["while the servers start", "SIGINT", /Starting/, 130],
    ["while it shows something", "SIGINT", /\$ pgsd verify/, 130],
    ["while it makes the page", "SIGINT", /\$ pgsd diff --format html/, 130],
    ["by a service manager", "SIGTERM", /Both are up/, 143],
  ] as const)("interrupted %s, by %s, it cleans up and exits as a shell expects", async (_, signal, moment, exitCode) => {
    const demo = startCommand(["demo"], { env: environment() })
    await demo.shows(moment)
    demo.child.kill(signal)
    const finished = await demo.finished
    expect(finished).toMatchObject({ exitCode, signal: null, stderr: "" })
    expect(finished.stdout).not.toContain("Done in")
    await expectNothingLeft(portsIn(finished.stdout))
  })

  test("a second Ctrl-C ends it at once, and leaves nothing either", async () => {
    const demo = startCommand(["demo"], { env: environment() })
    await demo.shows(/Both are up/)
    demo.child.kill("SIGINT")
    demo.child.kill("SIGINT")
    const { exitCode, signal, stdout } = await demo.finished
    expect(signal ?? exitCode).toBe(signal === null ? 130 : "SIGINT")
    await expectNothingLeft(portsIn(stdout))
  })
})

/** The excerpt of the demo in the root README. */
async function linesInReadme(): Promise<string[]> {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8")
  const [, excerpt] = /<!-- demo -->\n```text\n([\s\S]*?)```/.exec(readme) ?? []
  if (excerpt === undefined) throw new Error("README.md shows no demo")
  return excerpt.trimEnd().split("\n")
}

// A separate temporary folder: anything in it afterwards was left by the demo.
function environment(): Record<string, string> {
  return { TMPDIR: folder, HOME: folder }
}

function portsIn(stdout: string): number[] {
  return [...stdout.matchAll(/PostgreSQL \S+ at 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
}

async function expectNothingLeft(ports: readonly number[]): Promise<void> {
  const names = await readdir(folder, { recursive: true })
  // Kept for the next time: the unpacked server programs, and what tsx has compiled.
  expect(names.filter((name) => !/^(pgsd-testing-\d+|tsx-\d+)(\/cache|\/\d|\/run$|$)/.test(name))).toEqual([])
  expect(await processesIn(folder)).toEqual([])
  expect(await Promise.all(ports.map(isOpen))).toEqual(ports.map(() => false))
}

/** Processes that refer to that folder. */
async function processesIn(path: string): Promise<string[]> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")))
  return commands.filter((command) => command.includes(path))
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.once("connect", () => socket.destroy())
  })
}
