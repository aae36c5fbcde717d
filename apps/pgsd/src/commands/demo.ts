import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type Configuration, createConfigurationManager } from "@pgsd/config"
import { EXIT } from "../cli/exit-codes.ts"
import type { DemoCommandOptions } from "../cli/options.ts"
import type { Terminal } from "../cli/terminal.ts"
import { DATABASE, type DemoServers, READER, startDemoServers } from "../demo/servers.ts"
import { messageOf, ProgramError } from "../errors.ts"
import { diffDatabases } from "./diff.ts"
import { explainDatabases } from "./explain.ts"
import { verifyDatabases } from "./verify.ts"

/** The commands on two demo servers. Exit code 0: differences are what it shows. */
export async function demo(options: DemoCommandOptions, terminal: Terminal): Promise<number> {
  const { out, signal } = terminal
  const begun = performance.now()
  out.write("Starting two PostgreSQL servers …\n")
  const servers = await startDemoServers(signal)
  let page: Page
  try {
    signal.throwIfAborted()
    out.write(introduction(servers, performance.now() - begun, terminal))
    page = await tour(servers, options, terminal)
  } finally {
    await servers[Symbol.asyncDispose]()
  }
  if (signal.aborted) await page.discard()
  signal.throwIfAborted()
  out.write(closing(page, performance.now() - begun, terminal))
  return EXIT.same
}

async function tour({ urls, password }: DemoServers, options: DemoCommandOptions, terminal: Terminal): Promise<Page> {
  // As in a regular user's environment.
  const env = { PGSD_SOURCE_URL: urls.source, PGSD_TARGET_URL: urls.target, PGPASSWORD: password }
  const configuration = await createConfigurationManager({ env, file: false }).getConfiguration()
  prompt("pgsd explain", terminal)
  await explainDatabases(configuration, {}, terminal)
  prompt("pgsd verify", terminal)
  await verifyDatabases(configuration, {}, terminal)
  prompt("pgsd diff", terminal)
  await diffDatabases(configuration, {}, terminal)
  return writePage(configuration, options, terminal)
}

/** What the demo leaves for the user to look at. */
interface Page {
  readonly file: string
  /** Removes it, with its folder unless the user named that. */
  discard(): Promise<void>
}

async function writePage(configuration: Configuration, { out }: DemoCommandOptions, terminal: Terminal): Promise<Page> {
  const folder = out === undefined ? await mkdtemp(join(tmpdir(), "pgsd-demo-")) : await existing(resolve(out))
  const file = join(folder, "diff.html")
  const discard = () => rm(out === undefined ? folder : file, { recursive: true, force: true })
  prompt(`pgsd diff --format html --out ${file}`, terminal)
  try {
    await diffDatabases(configuration, { format: "html", out: file }, terminal)
    return { file, discard }
  } catch (error) {
    await discard()
    throw error
  }
}

async function existing(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true })
    return folder
  } catch (error) {
    throw new ProgramError("PGSD_CANNOT_WRITE", `the folder "${folder}" cannot be made: ${messageOf(error)}`, {
      cause: error,
      hint: "--out names a folder that you may write to",
    })
  }
}

function prompt(command: string, { out }: Terminal): void {
  out.write(`\n${out.paint.quiet("$")} ${out.paint.heading(command)}\n\n`)
}

function introduction({ source, target }: DemoServers, ms: number, { out }: Terminal): string {
  const line = (name: string, { serverVersion, host, port }: DemoServers["source"]) =>
    `  ${out.paint.heading(name)}  PostgreSQL ${serverVersion} at ${host}:${port}, database ${DATABASE}\n`
  return [
    `Both are up after ${(ms / 1000).toFixed(1)} s:\n`,
    line("source", source),
    line("target", target),
    `They are read as role ${READER}, which may connect and nothing else.\n`,
  ].join("")
}

function closing({ file }: Page, ms: number, { out }: Terminal): string {
  return `The same as a page, to open in a browser:

  ${out.paint.heading(pathToFileURL(file).href)}

Done in ${(ms / 1000).toFixed(1)} s. Both servers are stopped and their data is gone. With databases of your own:

  pgsd diff --source postgresql://reader@one.example.com/app --target postgresql://reader@two.example.com/app
`
}
