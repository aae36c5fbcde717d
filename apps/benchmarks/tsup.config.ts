import { defineConfig } from "tsup"

/** No library: two programs, which nobody imports, so no declarations. */
export default defineConfig({
  entry: ["src/main.ts", "src/child.ts"],
  format: "esm",
  clean: true,
  target: "node20",
})
