import { defineConfig } from "tsup"

// A program that is never imported, so there are no declarations.
export default defineConfig({ entry: ["src/main.ts"], format: "esm", target: "node20", clean: true, splitting: true, treeshake: true })
