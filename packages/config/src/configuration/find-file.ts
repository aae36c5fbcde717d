import { parse, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { ConfigError } from "../errors.ts"
import { errnoOf } from "../io.ts"
import type { ConfigurationInput } from "./input.ts"
import { jsonFault } from "./json-fault.ts"

/** The names, by precedence within one folder. */
const SEARCH_PLACES: readonly string[] = ["json", "js", "mjs", "cjs", "ts", "mts"].map((extension) => `pgsd.config.${extension}`)

export interface LoadedFile {
  readonly path: string
  readonly input: ConfigurationInput
}

/** The configuration file: `file`, or the first from `cwd` upwards. The schema library is loaded only when there is one. */
export async function loadConfigurationFile(cwd: string, file: string | undefined): Promise<LoadedFile | undefined> {
  const { lilconfig } = await import("lilconfig")
  const loaders = {
    ".json": loadJson,
    ".js": loadModule,
    ".mjs": loadModule,
    ".cjs": loadModule,
    ".ts": loadTypeScript,
    ".mts": loadTypeScript,
  }
  const explorer = lilconfig("pgsd", {
    searchPlaces: [...SEARCH_PLACES],
    loaders,
    stopDir: parse(resolve(cwd)).root,
    cache: false,
    ignoreEmptySearchPlaces: false,
  })
  const found = file === undefined ? await search(resolve(cwd), explorer) : await loadNamed(resolve(cwd, file), explorer)
  if (found === null) return undefined
  if (found.config === undefined)
    throw failure(found.filepath, "is empty", "write { } for a configuration without settings, or remove the file")
  const { validateConfiguration } = await import("./validate-file.ts")
  return { path: found.filepath, input: validateConfiguration(found.config, found.filepath) }
}

type Found = { filepath: string; config: unknown } | null
type Explorer = { search(from: string): Promise<Found>; load(path: string): Promise<Found> }

async function search(folder: string, explorer: Explorer): Promise<Found> {
  try {
    return await explorer.search(folder)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const path = (error as { path?: unknown }).path
    throw failure(typeof path === "string" ? path : folder, `could not be read (${errnoOf(error) ?? "unknown error"})`)
  }
}

async function loadNamed(path: string, explorer: Explorer): Promise<Found> {
  if (!SEARCH_PLACES.some((place) => parse(path).ext === parse(place).ext))
    throw failure(path, "has an extension that is not known", `one of ${SEARCH_PLACES.map((place) => parse(place).ext).join(", ")}`)
  try {
    return await explorer.load(path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw failure(path, errnoOf(error) === "ENOENT" ? "does not exist" : `could not be read (${errnoOf(error) ?? "unknown error"})`)
  }
}

// The engine's own message quotes the text around the fault, which may be a password; the position is enough.
function loadJson(path: string, content: string): unknown {
  const text = content.replace(/^\uFEFF/, "")
  try {
    return JSON.parse(text)
  } catch {
    const before = text.slice(0, jsonFault(text)).split("\n")
    throw failure(path, "is not JSON", `look at line ${before.length}, column ${before.at(-1)!.length + 1}`)
  }
}

async function loadModule(path: string): Promise<unknown> {
  return defaultExport(path, () => import(pathToFileURL(path).href))
}

async function loadTypeScript(path: string): Promise<unknown> {
  // Node.js strips types itself since 22.18.
  if ((process.features as { typescript?: unknown }).typescript) return loadModule(path)
  const { createJiti } = await import("jiti").catch(() => {
    throw failure(
      path,
      "is TypeScript, which this Node cannot load",
      "install the package jiti, use Node 22.18 or newer, or write the file in JavaScript",
    )
  })
  return defaultExport(path, () => createJiti(import.meta.url, { fsCache: false }).import(path))
}

// An error of the file's own code may quote its source, passwords included: only its type is reported.
async function defaultExport(path: string, load: () => Promise<unknown>): Promise<unknown> {
  let module: { default?: unknown }
  try {
    module = (await load()) as { default?: unknown }
  } catch (error) {
    const kind = error instanceof Error ? error.name : "an error"
    throw failure(path, `could not be loaded (${errnoOf(error) ?? kind})`, `run it with node to see why`)
  }
  if (module.default === undefined) throw failure(path, "has no default export", "write export default defineConfig({ … })")
  return module.default
}

function failure(path: string, what: string, hint?: string): ConfigError {
  return new ConfigError([{ code: "PGSD_CONFIG_FILE", message: `configuration file "${path}" ${what}`, source: path, hint }])
}
