import type { Configuration } from "@pgsd/config"
import type { PreflightReport } from "@pgsd/connector"
import { EXIT } from "../cli/exit-codes.ts"
import type { VerifyCommandOptions } from "../cli/options.ts"
import { withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import { verifyJson } from "../render/verify-json.ts"
import { verifyText } from "../render/verify-text.ts"
import { readConfiguration, requireDatabases, withDatabaseManager } from "./databases.ts"
import { type Rendering, writeResult } from "./result.ts"
import { writeWarnings } from "./warnings.ts"

/** The preflight of every configured database. Exit code: 0 fit, 1 a check failed, 2 one could not be reached. */
export async function verify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  return verifyDatabases(await readConfiguration(options), options, terminal)
}

export async function verifyDatabases(configuration: Configuration, options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const names = requireDatabases(configuration, "verify")
  writeWarnings(configuration, options, terminal)
  const reports = await withProgress(names, terminal.err, () =>
    withDatabaseManager(configuration, names, (manager) =>
      manager.verifyConnections({
        schemas: options.schema,
        require: options.requireSelect === true ? "usage-and-select" : "catalog",
        requireLeastPrivilege: options.requireLeastPrivilege,
        requireVerifiedTls: options.requireVerifiedTls,
        allowUnsupported: options.allowUnsupported,
        signal: terminal.signal,
      }),
    ),
  )
  terminal.signal.throwIfAborted()
  const render: Rendering = (layout) => (options.format === "json" ? verifyJson(reports) : verifyText(reports, layout))
  await writeResult(render, options, terminal)
  return exitCodeOf(Object.values(reports))
}

/** Of the worst report. */
export function exitCodeOf(reports: readonly Pick<PreflightReport, "ok" | "reachable">[]): number {
  if (reports.some(({ reachable }) => !reachable)) return EXIT.trouble
  return reports.every(({ ok }) => ok) ? EXIT.same : EXIT.different
}
