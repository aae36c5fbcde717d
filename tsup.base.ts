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
    preserveEntrySignatures: "allow-extension",
  })
  let home: ReadonlyMap<string, string> | undefined
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks(id, { getModuleInfo }) {
      home ??= homes(names, entries, getModuleInfo)
      return home.get(id)
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

/**
 * For each module, the name of the entry point whose file takes it: of those that load it the first, if the others load all that the first
 * does; otherwise the main one, which comes first.
 */
function homes(names: readonly string[], entries: readonly string[], getModuleInfo: GetModuleInfo): ReadonlyMap<string, string> {
  const loads = entries.map((entry) => loadedBy(entry, getModuleInfo))
  const found = new Map<string, string>()
  for (const id of new Set(loads.flatMap((ids) => [...ids]))) {
    const [first = 0, ...others] = loads.flatMap((ids, index) => (ids.has(id) ? [index] : []))
    const held = others.every((index) => [...loads[first]!].every((each) => each === entries[first] || loads[index]!.has(each)))
    found.set(id, names[held ? first : 0]!)
  }
  return found
}

/** The modules that an entry point loads at once, itself included; not those that it imports on demand. */
function loadedBy(entry: string, getModuleInfo: GetModuleInfo): ReadonlySet<string> {
  const loaded = new Set<string>([entry])
  for (const id of loaded) for (const imported of getModuleInfo(id)?.importedIds ?? []) if (isAbsolute(imported)) loaded.add(imported)
  return loaded
}
