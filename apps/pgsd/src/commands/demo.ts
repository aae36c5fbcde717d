import { createConfigurationManager } from "@pgsd/config"
import { EXIT } from "../cli/exit-codes.ts"
import type { Terminal } from "../cli/terminal.ts"
import { DATABASE, type DemoServers, READER, startDemoServers } from "../demo/servers.ts"
import { diffDatabases } from "./diff.ts"
import { explainDatabases } from "./explain.ts"
import { verifyDatabases } from "./verify.ts"

/** The commands on two servers of its own. Exit code 0: differences are what it is there to show. */
export async function demo(terminal: Terminal): Promise<number> {
  const { out, signal } = terminal
  const begun = performance.now()
  out.write("Starting two PostgreSQL servers …\n")
  const servers = await startDemoServers(signal)
  try {
    signal.throwIfAborted()
    out.write(introduction(servers, performance.now() - begun, terminal))
    await tour(servers, terminal)
  } finally {
    await servers[Symbol.asyncDispose]()
  }
  signal.throwIfAborted()
  out.write(closing(performance.now() - begun))
  return EXIT.same
}

async function tour({ urls, password }: DemoServers, terminal: Terminal): Promise<void> {
  // What somebody who uses pgsd every day would have in the environment.
  const env = { PGSD_SOURCE_URL: urls.source, PGSD_TARGET_URL: urls.target, PGPASSWORD: password }
  const configuration = await createConfigurationManager({ env, file: false }).getConfiguration()
  prompt("pgsd explain", terminal)
  await explainDatabases(configuration, {}, terminal)
  prompt("pgsd verify", terminal)
  await verifyDatabases(configuration, {}, terminal)
  prompt("pgsd diff", terminal)
  await diffDatabases(configuration, {}, terminal)
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

function closing(ms: number): string {
  return `
Done in ${(ms / 1000).toFixed(1)} s. Both servers are stopped and their data is gone. With databases of your own:

  pgsd diff --source postgresql://reader@one.example.com/app --target postgresql://reader@two.example.com/app
`
}
