import { dirname, join, parse, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { ConfigError } from "../errors.ts"
import { readRegularFile, statPath } from "../files.ts"
import { errnoOf } from "../io.ts"
import type { ConfigurationInput } from "./input.ts"
import { jsonFault } from "./json-fault.ts"

/** The file names, by precedence within one folder. */
const SEARCH_PLACES: readonly string[] = ["json", "js", "mjs", "cjs", "ts", "mts"].map((extension) => `pgsd.config.${extension}`)

export interface LoadedFile {
  readonly path: string
  readonly input: ConfigurationInput
}

const LOADERS: Readonly<Record<string, (path: string, content: string) => unknown>> = {
  ".json": loadJson,
  ".js": loadModule,
  ".mjs": loadModule,
  ".cjs": loadModule,
  ".ts": loadTypeScript,
  ".mts": loadTypeScript,
}

/** Finds and loads the configuration file: `file`, or the first from `cwd` upwards. The schema library is loaded only if there is one. */
export async function loadConfigurationFile(cwd: string, file: string | undefined): Promise<LoadedFile | undefined> {
  const path = file === undefined ? await search(resolve(cwd)) : resolve(cwd, file)
  if (path === undefined) return undefined
  const load = LOADERS[parse(path).ext]
  if (load === undefined) throw failure(path, "has an unknown extension", `one of ${Object.keys(LOADERS).join(", ")}`)
  // For modules, too: loading a device or a pipe would never end.
  const content = Buffer.from(await read(path)).toString()
  if (content.trim() === "") throw failure(path, "is empty", "write { } for a configuration without settings, or remove the file")
  const config = await load(path, content)
  const { validateConfiguration } = await import("./validate-file.ts")
  return { path, input: validateConfiguration(config, path) }
}

/** A folder without access contains no configuration for this user. */
const ABSENT: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "EACCES"])

/** The first path that exists: one that cannot be read is an error rather than skipped. */
async function search(folder: string): Promise<string | undefined> {
  for (const name of SEARCH_PLACES) {
    const path = join(folder, name)
    try {
      await statPath(path)
      return path
    } catch (error) {
      const code = errnoOf(error)
      if (!ABSENT.has(code)) throw failure(path, `could not be looked for (${code ?? "unknown error"})`)
    }
  }
  const parent = dirname(folder)
  return parent === folder ? undefined : search(parent)
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readRegularFile(path)
  } catch (error) {
    const code = errnoOf(error)
    throw failure(path, code === "ENOENT" ? "does not exist" : `could not be read (${code ?? "unknown error"})`)
  }
}

// The engine's message quotes the text around the error, which may be a password; the position is enough.
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
