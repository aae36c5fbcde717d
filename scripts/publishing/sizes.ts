/**
 * Compares the gzipped size of an import with the budgets of sizes.json. `whole`: everything that a package exports, including what it
 * loads later. `one`: the most common import, without what it loads later. Other packages are excluded. Needs `pnpm build`. --write makes
 * the current figures the budgets.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build, type Metafile } from "esbuild"
import { type Published, published, root } from "./published.ts"

interface Size {
  readonly whole: number
  readonly one: number
}

/** The most common import. */
const ONE: Readonly<Record<string, string>> = {
  "@pgsd/config": "resolveConnection",
  "@pgsd/connector": "createDatabaseConnector",
  "@pgsd/driver": "PgsdError",
  "@pgsd/driver-pg": "pgDriver",
  "@pgsd/driver-pglite": "pgliteDriver",
  "@pgsd/driver-postgres": "postgresDriver",
  "@pgsd/driver-wire": "wireDriver",
  "@pgsd/kysely": "PgsdDialect",
  "@pgsd/manager": "createDatabaseManager",
  "@pgsd/opentelemetry": "instrumentPools",
  "@pgsd/pg-compat": "Pool",
  "@pgsd/pool": "createConnectionPool",
  "@pgsd/testing": "fakeDriver",
  "@pgsd/watch": "watchPools",
}
/** The tolerance of a budget: rounding of other versions, not a feature. */
const SLACK = 1.03

const file = join(root, "scripts/publishing/sizes.json")

async function bundled({ folder }: Published, contents: string): Promise<{ all: number; atOnce: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: join(root, folder), sourcefile: "entry.js" },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [
      {
        name: "ours alone",
        setup: ({ onResolve }) => {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            path.startsWith("@pgsd/") || kind === "entry-point" ? undefined : { path, external: true },
          )
        },
      },
    ],
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  })
  const sizes = new Map(outputFiles.map(({ path, contents: code }) => [path, gzipSync(code).byteLength]))
  const sizeOf = (output: string) => [...sizes].find(([path]) => path.endsWith(`/${output}`))![1]
  const sum = (outputs: Iterable<string>) => [...outputs].reduce((total, output) => total + sizeOf(output), 0)
  return { all: sum(Object.keys(metafile.outputs)), atOnce: sum(loadedAtOnce(metafile)) }
}

function loadedAtOnce({ outputs }: Metafile, found = new Set<string>()): Set<string> {
  const pending = Object.keys(outputs).filter(
    (name) => outputs[name]!.entryPoint !== undefined && outputs[name]!.entryPoint!.endsWith("entry.js"),
  )
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue
    found.add(name)
    for (const { path, kind, external } of outputs[name]!.imports) if (kind === "import-statement" && !external) pending.push(path)
  }
  return found
}

async function measure(each: Published): Promise<Size> {
  const { name, exports = {} } = each.manifest
  const one = ONE[name]
  if (one === undefined) throw new Error(`${name} has no row in the table ONE of scripts/publishing/sizes.ts`)
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"))
  const everything = entries.map((entry, index) => `export * as e${index} from "${name}${entry.slice(1)}"`).join("\n")
  const [whole, single] = [await bundled(each, everything), await bundled(each, `export { ${one} } from "${name}"`)]
  return { whole: whole.all, one: single.atOnce }
}

const budgets: Record<string, Size> = JSON.parse(readFileSync(file, "utf8"))
const write = process.argv.includes("--write")
const kB = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`
for (const each of published().filter(({ manifest }) => manifest.bin === undefined)) {
  const { name } = each.manifest
  const size = await measure(each)
  if (write) budgets[name] = { whole: Math.ceil(size.whole * SLACK), one: Math.ceil(size.one * SLACK) }
  const budget = budgets[name] ?? { whole: 0, one: 0 }
  const over = size.whole > budget.whole || size.one > budget.one
  if (over) process.exitCode = 1
  const say = (what: keyof Size) => `${what} ${kB(size[what])} of ${kB(budget[what])}`
  process.stdout.write(`${over ? "OVER  " : "ok    "} ${name}: ${say("whole")}, ${say("one")}\n`)
}
if (write) writeFileSync(file, `${JSON.stringify(budgets, null, 2)}\n`)
