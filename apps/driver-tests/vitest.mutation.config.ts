import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import driver from "../../packages/driver/package.json" with { type: "json" }

// For the mutation run of the session code: only tests over fakes, because a server for each of a thousand mutants takes hours.
const conditions = ["@pgsd/source", "module", "node", "development|production"]

// Stryker runs in a copy of the repository whose node_modules lead to the original: the mutants are in the copy.
const entries = Object.entries(driver.exports).flatMap(([entry, target]) =>
  typeof target === "string"
    ? []
    : [{ find: new RegExp(`^@pgsd/driver${entry.slice(1)}$`), replacement: `${process.cwd()}/packages/driver/${target["@pgsd/source"]}` }],
)

/** Nearly every mutant is killed by the tests of milliseconds, and the rest are not run then. */
const FASTEST_FIRST = [
  ...["scope", "scoped-statements"].map((name) => `packages/driver/test/${name}.test.ts`),
  ..."session-state session-of batch-rules stream-endings copy-rules endings stall streams-and-limits call-rules unawaited late-calls"
    .split(" ")
    .map((name) => `apps/driver-tests/test/session/${name}.test.ts`),
  ..."call-options transaction lease hooks deadlock diagnostics release".split(" ").map((name) => `packages/pool/test/${name}.test.ts`),
  "packages/testing/test/mock-database-connector.test.ts",
  "packages/connector/test/query/helpers.test.ts",
  "apps/driver-tests/test/session/commit-limits.test.ts",
  "packages/pool/test/pipeline.test.ts",
]

class FastestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => FASTEST_FIRST.findIndex((file) => moduleId.endsWith(file))
    return files.toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  resolve: { conditions, alias: entries },
  ssr: { resolve: { conditions } },
  test: {
    include: FASTEST_FIRST,
    sequence: { sequencer: FastestFirst },
    pool: "threads",
    // Halves the time of a mutant: the modules are loaded once.
    isolate: false,
    // The time lost on a mutant that makes a promise hang; over fakes a test takes milliseconds.
    testTimeout: 2_500,
    expect: { poll: { interval: 1 } },
    bail: 1,
  },
})
