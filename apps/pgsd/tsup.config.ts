import { defineConfig } from "tsup"

// A program: nobody imports it, so there are no declarations to write.
export default defineConfig({ entry: ["src/main.ts"], format: "esm", target: "node20", clean: true, splitting: true, treeshake: true })
