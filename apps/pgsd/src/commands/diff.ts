import { randomBytes } from "node:crypto"
import type { Configuration } from "@pgsd/config"
import type { DatabaseConnector, PreflightReport } from "@pgsd/connector"
import { readCatalog } from "../catalog/read-catalog.ts"
import { EXIT } from "../cli/exit-codes.ts"
import type { DiffCommandOptions, Format } from "../cli/options.ts"
import { type Progress, withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import { compareByMeaning } from "../meaning/by-meaning.ts"
import type { Catalog } from "../model/catalog.ts"
import { mapSchemas } from "../model/map-schemas.ts"
import type { DiffReport, Side } from "../model/report.ts"
import { selectedFacts, selectedKinds } from "../model/selection.ts"
import { diffJson } from "../render/diff-json.ts"
import { diffText } from "../render/diff-text.ts"
import type { Preflights } from "../render/html/diff-html.ts"
import { readConfiguration, withDatabaseManager } from "./databases.ts"
import { refuseImpossibleMap, refuseMissingSchemas, schemasOf } from "./diff-schemas.ts"
import { selectionOf } from "./diff-selection.ts"
import { refuseUnfit, warnSameDatabase } from "./preflight.ts"
import { type Rendering, writeResult } from "./result.ts"
import { writeWarnings } from "./warnings.ts"

const SIDES = ["source", "target"] as const
type SideName = (typeof SIDES)[number]

/** Checks both databases, reads both catalogs, each at one moment, and says what differs. Exit code: 0 nothing, 1 something. */
export async function diff(options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  return diffDatabases(await readConfiguration(options), options, terminal)
}

export async function diffDatabases(configuration: Configuration, options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  const { err, signal } = terminal
  writeWarnings(configuration, options, terminal)
  const [source, target] = await withProgress(SIDES, err, (progress) => readBoth(configuration, options, progress, signal))
  signal.throwIfAborted()
  refuseMissingSchemas(options, source.catalog, target.catalog)
  warnSameDatabase(source.preflight, target.preflight, terminal)
  const report: DiffReport = {
    ...(await compareSelected(source.catalog, target.catalog, options)),
    source: sideOf(source),
    target: sideOf(target),
  }
  const preflights = { source: source.preflight, target: target.preflight }
  await writeResult(await RENDERERS[options.format ?? "text"](report, preflights), options, terminal)
  return report.differences.length === 0 && !(options.strict === true && isIncomplete(report)) ? EXIT.same : EXIT.different
}

// The page is loaded when it is asked for.
const RENDERERS: Readonly<Record<Format, (report: DiffReport, preflights: Preflights) => Rendering | Promise<Rendering>>> = {
  text: (report) => (layout) => diffText(report, layout),
  json: (report) => () => diffJson(report),
  html: async (report, preflights) => {
    const { diffHtml } = await import("../render/html/diff-html.ts")
    return () => diffHtml(report, preflights)
  },
}

async function compareSelected(source: Catalog, target: Catalog, options: DiffCommandOptions) {
  const selection = selectionOf(options)
  const map = options.mapSchema ?? new Map()
  refuseImpossibleMap(map, source)
  const compared = await compareByMeaning(selectedFacts(mapSchemas(source, map), selection), selectedFacts(target, selection))
  return selectedKinds(compared, selection)
}

/** Something exists that was not compared, or the databases themselves differ. */
function isIncomplete({ source, target, environment }: DiffReport): boolean {
  return source.notCompared.length > 0 || target.notCompared.length > 0 || environment.length > 0
}

interface ReadSide {
  readonly preflight: PreflightReport
  readonly catalog: Catalog
}

/** Both sides at the same time. When one fails the other is still waited for: two errors are told in one run. */
function readBoth(
  configuration: Configuration,
  options: DiffCommandOptions,
  progress: Progress<SideName>,
  signal: AbortSignal,
): Promise<readonly [ReadSide, ReadSide]> {
  // The same for both: digests of hidden values are comparable only then. Known to nobody, so that they say nothing elsewhere.
  const salt = randomBytes(16).toString("hex")
  return withDatabaseManager(configuration, SIDES, async (manager) => {
    for (const name of SIDES) progress(name, "connecting")
    await manager.initialize({ signal })
    const read = async (name: SideName) => {
      const connector = await manager.getConnection(name, { signal })
      try {
        return await readSide(name, connector, options, salt, progress, signal)
      } finally {
        await connector.close()
      }
    }
    const [source, target] = await Promise.allSettled([read("source"), read("target")])
    if (source.status === "fulfilled" && target.status === "fulfilled") return [source.value, target.value]
    throw new AggregateError([source, target].flatMap((each) => (each.status === "rejected" ? [each.reason] : [])))
  })
}

async function readSide(
  name: SideName,
  connector: DatabaseConnector,
  options: DiffCommandOptions,
  salt: string,
  progress: Progress<SideName>,
  signal: AbortSignal,
): Promise<ReadSide> {
  const schemas = schemasOf(name, options)
  progress(name, "checking")
  const preflight = await connector.preflight({ schemas, allowUnsupported: options.allowUnsupported, signal })
  refuseUnfit(name, preflight)
  const catalog = await readCatalog(connector, {
    schemas,
    excludedSchemas: options.excludeSchema,
    salt,
    signal,
    onStep: ({ reading, step, of }) => progress(name, `${reading} (${step} of ${of})`),
  })
  progress(name, "read")
  return { preflight, catalog }
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
