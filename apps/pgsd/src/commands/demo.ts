import { createConfigurationManager } from "@pgsd/config"
import { EXIT } from "../cli/exit-codes.ts"
import type { Terminal } from "../cli/terminal.ts"
import { DATABASE, type DemoServers, READER, withDemoServers } from "../demo/servers.ts"
import { diffDatabases } from "./diff.ts"
import { explainDatabases } from "./explain.ts"
import { verifyDatabases } from "./verify.ts"

/** The commands on two servers of its own. Exit code 0: differences are what it is there to show. */
export async function demo(terminal: Terminal): Promise<number> {
  const { out, signal } = terminal
  const begun = performance.now()
  out.write("Starting two PostgreSQL servers …\n")
  await withDemoServers(signal, async (servers) => {
    out.write(introduction(servers, performance.now() - begun, terminal))
    const configuration = await createConfigurationManager({ env: environmentOf(servers), file: false }).getConfiguration()
    command("pgsd explain", terminal)
    explainDatabases(configuration, {}, terminal)
    command("pgsd verify", terminal)
    await verifyDatabases(configuration, {}, terminal)
    command("pgsd diff", terminal)
    await diffDatabases(configuration, {}, terminal)
  })
  signal.throwIfAborted()
  out.write(closing(performance.now() - begun))
  return EXIT.same
}

/** What somebody who uses pgsd every day would have in the environment. */
function environmentOf({ source, target, password }: DemoServers): Record<string, string> {
  const url = (server: DemoServers["source"]) => `postgresql://${READER}@${server.host}:${server.port}/${DATABASE}`
  return { PGSD_SOURCE_URL: url(source), PGSD_TARGET_URL: url(target), PGPASSWORD: password }
}

function command(text: string, { out }: Terminal): void {
  out.write(`\n${out.paint.quiet("$")} ${out.paint.heading(text)}\n\n`)
}

function introduction({ source, target }: DemoServers, ms: number, { out }: Terminal): string {
  const line = (name: string, server: DemoServers["source"]) =>
    `  ${out.paint.heading(name)}  PostgreSQL ${server.serverVersion} at ${server.host}:${server.port}, database ${DATABASE}\n`
  return [
    `Both are up after ${(ms / 1000).toFixed(1)} s:\n`,
    line("source", source),
    line("target", target),
    `They are read as role ${READER}, which may connect and nothing else.\n`,
  ].join("")
}

function closing(ms: number): string {
  return `
Done in ${(ms / 1000).toFixed(1)} s; both servers are stopped and their files are gone. With databases of your own:

  pgsd diff --source postgresql://reader@one.example.com/app --target postgresql://reader@two.example.com/app
`
}
