import type { Configuration } from "@pgsd/config"
import { EXIT } from "../cli/exit-codes.ts"
import type { DiffCommandOptions, Format } from "../cli/options.ts"
import { withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import { compareByMeaning } from "../meaning/by-meaning.ts"
import type { Catalog } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { mapSchemas } from "../model/map-schemas.ts"
import type { DiffReport, Side } from "../model/report.ts"
import { type Selection, selectedCounts, selectedFacts, selectedKinds } from "../model/selection.ts"
import { diffJson } from "../render/diff-json.ts"
import { diffText } from "../render/diff-text.ts"
import { printableLines } from "../render/printable.ts"
import { readConfiguration } from "./databases.ts"
import { missingExclusions, refuseImpossibleMap, refuseMappedScript, refuseMissingSchemas } from "./diff-schemas.ts"
import { selectionOf } from "./diff-selection.ts"
import { warnSameDatabase } from "./preflight.ts"
import { type ReadSide, readSides } from "./read-sides.ts"
import { type Rendering, writeResult } from "./result.ts"
import { withoutSnapshots } from "./snapshot-file.ts"
import { writeWarning, writeWarnings } from "./warnings.ts"

const SIDES = ["source", "target"] as const

/** Checks both databases, reads both catalogs, each in one snapshot, and reports the differences. Exit code: 0 none, 1 some. */
export async function diff(options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  return diffDatabases(await readConfiguration(withoutSnapshots(options)), options, terminal)
}

export async function diffDatabases(configuration: Configuration, options: DiffCommandOptions, terminal: Terminal): Promise<number> {
  const { err, signal } = terminal
  refuseMappedScript(options)
  writeWarnings(configuration, options, terminal)
  const sides = await withProgress(SIDES, err, (progress) => readSides(configuration, SIDES, { options, progress, signal }))
  const [source, target] = [sides[0]!, sides[1]!]
  signal.throwIfAborted()
  refuseMissingSchemas(options, source.catalog, target.catalog)
  for (const name of missingExclusions(options, source.catalog, target.catalog))
    writeWarning(`--exclude-schema: neither source nor target has a schema "${name}"`, terminal)
  warnSameDatabase(source.preflight, target.preflight, terminal)
  const { unselected, ...comparison } = await compareSelected(source.catalog, target.catalog, options)
  const selection = selectionOf(options)
  const report: DiffReport = { ...comparison, source: sideOf(source, selection), target: sideOf(target, selection) }
  await writeResult(await RENDERERS[options.format ?? "text"]({ report, source, target, options, unselected }), options, terminal)
  return report.differences.length === 0 && !(options.strict === true && isIncomplete(report)) ? EXIT.same : EXIT.different
}

interface Compared {
  readonly report: DiffReport
  readonly source: ReadSide
  readonly target: ReadSide
  readonly options: DiffCommandOptions
  readonly unselected: readonly Difference[]
}

// Page and script are loaded on use.
const RENDERERS: Readonly<Record<Format, (compared: Compared) => Rendering | Promise<Rendering>>> = {
  text:
    ({ report }) =>
    (layout) =>
      diffText(report, layout),
  json:
    ({ report }) =>
    () =>
      diffJson(report),
  html: async ({ report, source, target }) => {
    const { diffHtml } = await import("../render/html/diff-html.ts")
    return () => diffHtml(report, { source: source.preflight, target: target.preflight })
  },
  sql: async ({ report, source, target, options, unselected }) => {
    const { diffSql } = await import("../render/diff-sql.ts")
    const script = diffSql(report, source.catalog, target.catalog, { ...options, unselected })
    // A terminal interprets control characters in names and strings. Files and pipes get them unchanged: escaping would change the script.
    return ({ interactive }) => (interactive ? printableLines(script) : script)
  },
}

async function compareSelected(source: Catalog, target: Catalog, options: DiffCommandOptions) {
  const selection = selectionOf(options)
  const map = options.mapSchema ?? new Map()
  refuseImpossibleMap(map, source, target)
  const compared = await compareByMeaning(selectedFacts(mapSchemas(source, map), selection), selectedFacts(target, selection))
  return selectedKinds(compared, selection)
}

/** Something exists that was not compared, or the databases themselves differ. */
function isIncomplete({ source, target, environment }: DiffReport): boolean {
  return source.notCompared.length > 0 || target.notCompared.length > 0 || environment.length > 0
}

function sideOf({ place, server, catalog }: ReadSide, selection: Selection): Side {
  return { place, server, notCompared: selectedCounts(catalog.notCompared, selection) }
}
