import { defineConfig } from "vitest/config"
import driver from "../../packages/driver/package.json" with { type: "json" }

// For the mutation run of the session code: only tests over fakes, because a server for each of a thousand mutants takes hours.
const conditions = ["@pgsd/source", "module", "node", "development|production"]

// Stryker runs in a copy of the repository whose node_modules lead to the original: the mutants are in the copy.
const entries = Object.entries(driver.exports).flatMap(([entry, target]) =>
  typeof target === "string"
    ? []
    : [{ find: new RegExp(`^@pgsd/driver${entry.slice(1)}$`), replacement: `${process.cwd()}/packages/driver/${target["@pgsd/source"]}` }],
)

export default defineConfig({
  resolve: { conditions, alias: entries },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "apps/driver-tests/test/session/{batch-rules,call-rules,commit-limits,copy-rules,endings,late-calls,session-state,stall,streams-and-limits,unawaited}.test.ts",
      "packages/connector/test/query/helpers.test.ts",
      "packages/driver/test/{scope,scoped-statements}.test.ts",
      "packages/pool/test/{call-options,deadlock,diagnostics,hooks,lease,pipeline,release,transaction}.test.ts",
      "packages/testing/test/mock-database-connector.test.ts",
    ],
    pool: "threads",
    // Halves the time of a mutant: the modules are loaded once.
    isolate: false,
    // The time lost on a mutant that makes a promise hang; over fakes a test takes milliseconds.
    testTimeout: 2_500,
    bail: 1,
  },
})
