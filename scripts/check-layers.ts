/**
 * Checks the packages' manifests and imports against the `layers` block of ARCHITECTURE.md. Prints each violation with its file, and exits
 * with 1.
 */
import { readdirSync, readFileSync } from "node:fs"
import { basename, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

interface Layer {
  readonly imports: readonly string[]
  readonly testImports: readonly string[]
}

const root = fileURLToPath(new URL("..", import.meta.url))

export function readLayers(markdown: string): Map<string, Layer> {
  const block = /```layers\n([\s\S]*?)```/.exec(markdown)?.[1]
  if (block === undefined) throw new Error("ARCHITECTURE.md has no ```layers block")
  const layers = new Map<string, Layer>()
  for (const line of block.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue
    const [name = "", imports = "", tests = ""] = line.trim().split(/\s{2,}/)
    layers.set(name, { imports: imports.split(" ").filter(Boolean), testImports: tests.split(" ").filter(Boolean) })
  }
  return layers
}

/** Package names that a module's text imports, statically, dynamically or as a type. */
export function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)
  return [...found].map((match) => match[1]!).filter((name) => !name.startsWith("."))
}

function allows(allowed: readonly string[], name: string): boolean {
  return allowed.includes("*") || allowed.includes(name)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|js|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/(node_modules|dist)\//.test(file))
}

/** Node warns of the eleventh listener on a signal, and a signal may be shared by hundreds of calls. */
export function listensAlone(path: string, text: string): boolean {
  return path.startsWith("packages") && !path.endsWith("driver/src/on-abort.ts") && /addEventListener\(\s*["']abort["']/.test(text)
}

export function violations(): string[] {
  const layers = readLayers(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"))
  const found: string[] = []
  const folders = ["packages", "apps"].flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
  for (const folder of folders) {
    const name = basename(folder)
    const layer = layers.get(name)
    if (layer === undefined) {
      found.push(`${relative(root, folder)}: not in the layers block of ARCHITECTURE.md`)
      continue
    }
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    for (const [field, allowed] of [
      ["dependencies", layer.imports],
      ["peerDependencies", layer.imports],
      ["devDependencies", [...layer.imports, ...layer.testImports]],
    ] as const)
      for (const dependency of Object.keys(manifest[field] ?? {}))
        if (dependency.startsWith("@pgsd/") && !allows(allowed, dependency.slice(6)))
          found.push(`${relative(root, folder)}/package.json: ${field} may not name ${dependency}`)
    const declared = new Set(["dependencies", "peerDependencies", "devDependencies"].flatMap((field) => Object.keys(manifest[field] ?? {})))
    for (const file of filesBelow(folder)) {
      const isTest = /\.test\.ts$|\/test\/|\/scripts\/|\.config\./.test(relative(folder, file).replace(/^/, "/"))
      const allowed = isTest ? [...layer.imports, ...layer.testImports] : layer.imports
      const text = readFileSync(file, "utf8")
      if (!isTest && name !== "testing" && listensAlone(relative(root, file), text))
        found.push(`${relative(root, file)}: listens to a signal directly; use onAbort() of @pgsd/driver, which shares one listener`)
      for (const specifier of importsOf(text)) {
        const target = /^@pgsd\/([^/]+)/.exec(specifier)?.[1]
        if (target !== undefined && target !== name && !allows(allowed, target))
          found.push(`${relative(root, file)}: may not import ${specifier}`)
        if (target !== undefined && target !== name && !declared.has(`@pgsd/${target}`))
          found.push(`${relative(root, file)}: imports ${specifier}, which package.json does not name`)
        if (name === "driver" && !isTest && target === undefined && !specifier.startsWith("node:"))
          found.push(`${relative(root, file)}: driver imports node:* only, not ${specifier}`)
      }
    }
  }
  const driver = join(root, "packages/driver/src")
  for (const file of filesBelow(driver)) found.push(...folderViolations(relative(driver, file), readFileSync(file, "utf8")))
  return found
}

/**
 * The folders of packages/driver/src, and the others that each may import. The outer ones are subpaths that share the contract; in socket,
 * the folders dial, login and exchange share the protocol.
 */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  adapter: [],
  calls: [],
  open: [],
  session: ["calls", "adapter"],
  socket: ["adapter", "socket/protocol", "socket/dial", "socket/login", "socket/exchange"],
  "socket/protocol": [],
  "socket/dial": ["socket/protocol"],
  "socket/login": ["socket", "socket/protocol", "socket/dial"],
  "socket/exchange": ["adapter", "socket", "socket/protocol", "socket/dial"],
}

// The innermost folder.
function folderOf(path: string): string | undefined {
  return Object.keys(FOLDERS)
    .filter((each) => path.startsWith(`${each}/`))
    .sort((a, b) => b.length - a.length)[0]
}

/** Imports of one folder by another, and of any folder by the main entry. `text` is that of a file below packages/driver/src. */
export function folderViolations(file: string, text: string): string[] {
  const folder = folderOf(file)
  const allowed = folder === undefined ? [] : [folder, ...FOLDERS[folder]!]
  const reached = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g)]
    .map((match) => folderOf(join(file, "..", match[1]!)))
    .filter((each) => each !== undefined && !allowed.includes(each))
  return reached.map((each) => `packages/driver/src/${file}: may not import the folder ${each}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = violations()
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? "layers: as drawn in ARCHITECTURE.md" : `layers: ${found.length} violations`)
  process.exitCode = found.length === 0 ? 0 : 1
}
