import { defineConfig } from "tsup"

/** ESM and rolled-up declarations for one package; what a package depends on stays an import. */
export function library(entry: string[]) {
  return defineConfig({
    entry: Object.fromEntries(entry.map((file) => [file.replace(/^src\//, "").replace(/\.ts$/, ""), file])),
    format: "esm",
    dts: true,
    clean: true,
    target: "node20",
    treeshake: true,
    splitting: true,
  })
}
