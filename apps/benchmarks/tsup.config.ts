import { defineConfig } from "tsup"

/** Programs rather than a library, so no declarations. */
export default defineConfig({
  entry: ["src/main.ts", "src/child.ts"],
  format: "esm",
  clean: true,
  target: "node20",
})
