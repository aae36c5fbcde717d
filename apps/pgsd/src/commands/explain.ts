import { type Configuration, explainConnection } from "@pgsd/config"
import { EXIT } from "../cli/exit-codes.ts"
import type { ExplainCommandOptions } from "../cli/options.ts"
import type { Terminal } from "../cli/terminal.ts"
import { type Explanation, explainJson, explainText } from "../render/explain-text.ts"
import { readConfiguration, requireDatabases } from "./databases.ts"
import { type Rendering, writeResult } from "./result.ts"
import { writeWarnings } from "./warnings.ts"

/** Every setting of every configured database with its layer. Connects to nothing. */
export async function explain(options: ExplainCommandOptions, terminal: Terminal): Promise<number> {
  return explainDatabases(await readConfiguration(options), options, terminal)
}

export async function explainDatabases(configuration: Configuration, options: ExplainCommandOptions, terminal: Terminal): Promise<number> {
  requireDatabases(configuration, "explain")
  writeWarnings(configuration, options, terminal)
  const explanations = Object.values(configuration.databases).map(({ name, driver, connection, dataDirectory }): Explanation => {
    const settings = connection === undefined ? [] : explainConnection(connection)
    return { name, driver, settings, ...(dataDirectory !== undefined && { dataDirectory }) }
  })
  const context = { profile: configuration.profile, file: configuration.file, all: options.all === true }
  const render: Rendering = (layout) =>
    options.format === "json" ? explainJson(explanations, context) : explainText(explanations, context, layout)
  await writeResult(render, options, terminal)
  return EXIT.same
}
