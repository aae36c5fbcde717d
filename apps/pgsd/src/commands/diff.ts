import type { Configuration } from "@pgsd/config"
import type { DatabaseConnector, PreflightReport } from "@pgsd/connector"
import { readCatalog } from "../catalog/read-catalog.ts"
import { EXIT } from "../cli/exit-codes.ts"
import type { DiffCommandOptions } from "../cli/options.ts"
import { withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import { ProgramError } from "../errors.ts"
import type { Catalog } from "../model/catalog.ts"
import { compare } from "../model/compare.ts"
import type { DiffReport, Side } from "../model/report.ts"
import { diffJson } from "../render/diff-json.ts"
import { diffText } from "../render/diff-text.ts"
import { listed } from "../render/words.ts"
import { readConfiguration, withDatabaseManager } from "./databases.ts"
import { refuseUnfit, warnSameDatabase } from "./preflight.ts"
import { writeWarnings } from "./warnings.ts"

const SIDES = ["source", "target"] as const

/** Checks both databases, reads both catalogs, each at one moment, and says what differs. Exit code: 0 nothing, 1 something. */
export async function diff(options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  return diffDatabases(await readConfiguration(options), options, terminal)
}

export async function diffDatabases(configuration: Configuration, options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  const { out, err, signal } = terminal
  writeWarnings(configuration, options, terminal)
  const [source, target] = await withProgress("reading source and target", err, () => readBoth(configuration, options, signal))
  signal.throwIfAborted()
  refuseMissingSchemas(options.schema ?? [], source.catalog, target.catalog)
  warnSameDatabase(source.preflight, target.preflight, terminal)
  const report: DiffReport = { ...compare(source.catalog, target.catalog), source: sideOf(source), target: sideOf(target) }
  out.write(options.json === true ? diffJson(report) : diffText(report, out))
  return report.differences.length === 0 ? EXIT.same : EXIT.different
}

interface ReadSide {
  readonly preflight: PreflightReport
  readonly catalog: Catalog
}

/** Both sides at the same time. When one fails the other is still waited for: two errors are told in one run. */
function readBoth(configuration: Configuration, options: DiffCommandOptions, signal: AbortSignal): Promise<readonly [ReadSide, ReadSide]> {
  return withDatabaseManager(configuration, SIDES, async (manager) => {
    await manager.initialize({ signal })
    const read = async (name: (typeof SIDES)[number]) => {
      const connector = await manager.getConnection(name, { signal })
      try {
        return await readSide(name, connector, options, signal)
      } finally {
        await connector.close()
      }
    }
    const [source, target] = await Promise.allSettled([read("source"), read("target")])
    if (source.status === "fulfilled" && target.status === "fulfilled") return [source.value, target.value]
    throw new AggregateError([source, target].flatMap((each) => (each.status === "rejected" ? [each.reason] : [])))
  })
}

async function readSide(name: string, connector: DatabaseConnector, options: DiffCommandOptions, signal: AbortSignal): Promise<ReadSide> {
  const preflight = await connector.preflight({ schemas: options.schema, allowUnsupported: options.allowUnsupported, signal })
  refuseUnfit(name, preflight)
  return { preflight, catalog: await readCatalog(connector, { schemas: options.schema, signal }) }
}

// A misspelt schema would compare nothing with nothing and call it equal.
function refuseMissingSchemas(asked: readonly string[], source: Catalog, target: Catalog): void {
  const found = new Set([...source.objects, ...target.objects].filter(({ kind }) => kind === "schema").map(({ name }) => name))
  const missing = asked.filter((name) => !found.has(name))
  if (missing.length === 0) return
  throw new ProgramError(
    "PGSD_SCHEMA_NOT_FOUND",
    `neither source nor target has ${missing.length === 1 ? "a schema" : "schemas"} ${listed(missing.map((name) => `"${name}"`))}`,
    { hint: "names are case-sensitive and given without quotes" },
  )
}

function sideOf({ preflight, catalog }: ReadSide): Side {
  return { place: placeOf(preflight), server: `PostgreSQL ${versionOf(preflight)}`, notCompared: catalog.notCompared }
}

function placeOf({ connection, label }: PreflightReport): string {
  if (connection?.host === undefined) return label
  const { database, host, port } = connection
  return `${database} at ${host.startsWith("/") ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`}`
}

function versionOf({ version }: PreflightReport): string {
  return version?.major === undefined
    ? (version?.text ?? "of unknown version")
    : `${version.major}.${version.minor ?? 0}${version.prerelease ?? ""}`
}
