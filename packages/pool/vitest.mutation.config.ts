import { defineConfig } from "vitest/config"

// For the mutation run alone: no real servers, and a simulation that is short because it runs once per mutant.
const conditions = ["@pgsd/source", "module", "node", "development|production"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/scenarios/**"],
    env: { PGSD_SIM_SEED: "1", PGSD_SIM_RUNS: "12" },
    pool: "threads",
    testTimeout: 10_000,
    bail: 1,
  },
})
