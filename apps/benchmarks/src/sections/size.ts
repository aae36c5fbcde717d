import { execFile } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { formatSpread } from "../harness/format.ts"
import { type Spread, spreadOf } from "../harness/statistics.ts"
import type { Section } from "./section.ts"

/** The imports of a program that uses the pool with its driver. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "@pgsd/pool alone": ["@pgsd/pool"],
  "@pgsd/pool over pg": ["@pgsd/pool", "@pgsd/driver-pg"],
  "@pgsd/pool over postgres.js": ["@pgsd/pool", "@pgsd/driver-postgres"],
  "@pgsd/pool over the wire": ["@pgsd/pool", "@pgsd/driver-wire"],
  "pg-pool alone": ["pg-pool"],
  "pg (has pg-pool)": ["pg"],
  "pg-promise": ["pg-promise"],
  "kysely + pg": ["kysely", "pg"],
  "postgres.js": ["postgres"],
  "tarn alone": ["tarn"],
  "tarn + pg": ["tarn", "pg"],
  "generic-pool alone": ["generic-pool"],
  slonik: ["slonik"],
}

/** The app's folder, seen from src/sections or dist. */
const folder = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../.." : "..", import.meta.url))

const exec = promisify(execFile)

export const sizeSection: Section = {
  async run(bench) {
    const names = bench.quick ? ["@pgsd/pool alone", "tarn alone"] : Object.keys(IMPORTS)
    const times = new Map<string, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < (bench.quick ? 1 : 7); round++)
      for (const name of names) times.get(name)!.push(await importTime(IMPORTS[name]!))
    bench.log("size: bundles")
    const rows: string[][] = []
    const data: { name: string; importMs: Spread; minified: number; gzipped: number }[] = []
    for (const name of names) {
      const importMs = spreadOf(times.get(name)!)
      const { minified, gzipped } = await bundle(IMPORTS[name]!)
      rows.push([name, formatSpread(importMs), kilobytes(minified), kilobytes(gzipped)])
      data.push({ name, importMs, minified, gzipped })
    }
    return {
      title: "Import time and size",
      meaning:
        "The import in a new process, with the files in the page cache; and a bundle of everything imported, minified by esbuild for Node.",
      tables: [
        {
          caption: "import: ms, median (min..max); bundle: kB",
          columns: ["package", "import, ms", "bundle, kB", "gzipped, kB"],
          rows,
        },
      ],
      data,
    }
  },
}

async function importTime(packages: readonly string[]): Promise<number> {
  const imports = packages.map((name) => `await import(${JSON.stringify(name)})`).join(";")
  const program = `const since = performance.now(); ${imports}; process.stdout.write(String(performance.now() - since)); process.exit()`
  const { stdout } = await exec(process.execPath, [...process.execArgv, "--input-type=module", "--eval", program], { cwd: folder })
  return Number(stdout)
}

async function bundle(packages: readonly string[]): Promise<{ minified: number; gzipped: number }> {
  const contents = packages.map((name, index) => `export * as p${index} from ${JSON.stringify(name)}`).join("\n")
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(folder, "src") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    // The native client is optional, and so is Cloudflare's socket.
    external: ["pg-native", "cloudflare:sockets"],
    conditions: process.execArgv.filter((each) => each.startsWith("--conditions=")).map((each) => each.slice("--conditions=".length)),
    write: false,
    logLevel: "silent",
  })
  const { contents: code } = outputFiles[0]!
  return { minified: code.byteLength, gzipped: gzipSync(code).byteLength }
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1)
}
