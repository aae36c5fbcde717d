import { defineConfig } from "vitest/config"

// For the mutation run alone: no real servers, and a simulation that is short because it runs once per mutant.
const conditions = ["@pgsd/source", "module", "node", "development|production"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/scenarios/**", "test/listening/**", "test/readme.test.ts"],
    env: { PGSD_SIM_SEED: "1", PGSD_SIM_RUNS: "8" },
    pool: "threads",
    // The modules are loaded once.
    isolate: false,
    // A mutant that makes a promise hang costs this much; over fakes a test takes milliseconds.
    testTimeout: 2_500,
    expect: { poll: { interval: 1 } },
    bail: 1,
  },
})
