import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "tsup"

const packages = fileURLToPath(new URL("../../../", import.meta.url))

/** A folder with `@pgsd/config` installed as published, without its dependencies except `@pgsd/driver`. */
export interface BuiltPackage {
  /** Runs a module there with plain Node; returns its output and the duration of the process in ms. */
  run(source: string): { output: string; ms: number }
  remove(): void
}

export async function builtPackage(): Promise<BuiltPackage> {
  const directory = mkdtempSync(join(tmpdir(), "pgsd-built-"))
  for (const [name, entry] of [
    ["driver", { index: join(packages, "driver/src/index.ts") }],
    ["config", { index: join(packages, "config/src/index.ts") }],
  ] as const) {
    const outDir = join(directory, "node_modules/@pgsd", name, "dist")
    mkdirSync(outDir, { recursive: true })
    cpSync(join(packages, name, "package.json"), join(outDir, "../package.json"))
    await build({
      config: false,
      entry,
      outDir,
      format: "esm",
      target: "node20",
      treeshake: true,
      splitting: true,
      silent: true,
      external: [/^[^./]/],
      clean: false,
    })
  }
  let count = 0
  return {
    run(source) {
      const file = join(directory, `run-${count++}.mjs`)
      writeFileSync(file, source)
      const start = performance.now()
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", env: { PATH: process.env.PATH } })
      const ms = performance.now() - start
      if (status !== 0) throw new Error(`the module failed: ${stderr}`)
      return { output: stdout, ms }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

interface ImportCost {
  emptyMs: number
  importMs: number
}

/** CPU time of the two processes, each the best of several runs, so that other load on the machine does not count. */
export function measureImportCpu(built: BuiltPackage, rounds: number): ImportCost {
  const used = "const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)"
  const cost: ImportCost = { emptyMs: Number.POSITIVE_INFINITY, importMs: Number.POSITIVE_INFINITY }
  for (let round = 0; round < rounds; round++) {
    cost.emptyMs = Math.min(cost.emptyMs, Number(built.run(used).output))
    cost.importMs = Math.min(cost.importMs, Number(built.run(`import "@pgsd/config"; ${used}`).output))
  }
  return cost
}

/** Medians of whole processes, run alternately so that other load affects both. */
export function measureImport(built: BuiltPackage, rounds: number): ImportCost {
  const empty: number[] = []
  const imported: number[] = []
  for (let round = 0; round < rounds; round++) {
    empty.push(built.run("").ms)
    imported.push(built.run('import "@pgsd/config"').ms)
  }
  return { emptyMs: median(empty), importMs: median(imported) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
