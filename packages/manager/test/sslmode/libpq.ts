import { spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

interface LibpqAnswer {
  readonly ok: boolean
  readonly encrypted: boolean
  readonly error: string
}

/** The real libpq 18, in a separate process. */
interface Libpq {
  connect(params: Readonly<Record<string, string>>, home: string): Promise<LibpqAnswer>
  close(): Promise<void>
}

/** libpq, or the reason why there is none. */
export function openLibpq(): Libpq | string {
  const library = findLibrary()
  if (library === undefined) return "no libpq 18 in node_modules (the optional dependency pg18-<platform>)"
  const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0)
  if (python === undefined) return "no python3"
  const libraries = dirname(library)
  const child = spawn(python, [fileURLToPath(new URL("libpq.py", import.meta.url)), library], {
    stdio: ["pipe", "pipe", "ignore"],
    // A session without a terminal, so that no passphrase is prompted for.
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: "C", LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async connect(params, home) {
      child.stdin.write(`${JSON.stringify({ params, home })}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error("libpq's process ended")
      return JSON.parse(value) as LibpqAnswer
    },
    close() {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      child.stdin.end()
      return ended
    },
  }
}

function findLibrary(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules")
    for (const name of existsSync(modules) ? readdirSync(modules).filter((each) => each.startsWith("pg18-")) : []) {
      const libraries = join(modules, name, "native", "lib")
      const file = existsSync(libraries) ? readdirSync(libraries).find((each) => /^libpq\.(so\.5\.\d+|5\.dylib)$/.test(each)) : undefined
      if (file !== undefined) return join(libraries, file)
    }
    if (folder === dirname(folder)) return undefined
  }
}
