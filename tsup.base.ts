import { readdir, rm } from "node:fs/promises"
import { isAbsolute, join, resolve } from "node:path"
import { type GetModuleInfo, rollup } from "rollup"
import { defineConfig } from "tsup"

/** ESM and rolled-up declarations for one package; what a package depends on stays an import. */
export function library(entry: string[]) {
  const names = entry.map((file) => file.replace(/^src\//, "").replace(/\.ts$/, ""))
  return defineConfig({
    entry: Object.fromEntries(names.map((name, index) => [name, entry[index]!])),
    format: "esm",
    dts: true,
    clean: true,
    target: "node20",
    splitting: true,
    onSuccess: () => mergeChunks(resolve("dist"), names),
  })
}

/**
 * Puts what several entry points share into one file. esbuild makes one for each combination of entry points and dynamic imports, and
 * each file costs an importer 0.4 ms: more than all the code in it.
 */
async function mergeChunks(folder: string, names: readonly string[]): Promise<void> {
  const entries = names.map((name) => join(folder, `${name}.js`))
  const before = await scripts(folder)
  const bundle = await rollup({
    input: Object.fromEntries(names.map((name, index) => [name, entries[index]!])),
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
    treeshake: { moduleSideEffects: "no-external" },
  })
  let shared: ReadonlySet<string> | undefined
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    manualChunks(id, { getModuleInfo }) {
      shared ??= sharedBy(entries, getModuleInfo)
      return shared.has(id) ? "shared" : undefined
    },
  })
  await bundle.close()
  const after = new Set(output.map(({ fileName }) => fileName))
  await Promise.all(before.filter((file) => !after.has(file)).map((file) => rm(join(folder, file))))
}

async function scripts(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true })
  return files.filter((file) => file.endsWith(".js"))
}

/** The modules that the first entry point loads at once, or two others. */
function sharedBy(entries: readonly string[], getModuleInfo: GetModuleInfo): ReadonlySet<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const [index, entry] of entries.entries()) {
    for (const id of loadedBy(entry, getModuleInfo)) {
      if (index === 0 || seen.has(id)) shared.add(id)
      seen.add(id)
    }
  }
  for (const entry of entries) shared.delete(entry)
  return shared
}

function loadedBy(entry: string, getModuleInfo: GetModuleInfo): ReadonlySet<string> {
  const loaded = new Set<string>([entry])
  for (const id of loaded) for (const imported of getModuleInfo(id)?.importedIds ?? []) if (isAbsolute(imported)) loaded.add(imported)
  return loaded
}
