import { statfsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig, type Plugin } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

// Tests run from source: the export condition makes every @pgsd/* import land on its src folder, nothing is built first.
// Without "module", which bundlers know and Node does not: packages resolve as in a program.
const conditions = ["@pgsd/source", "node", "development|production"]

const PREPARED_PGLITE = fileURLToPath(new URL("packages/driver-pglite/test/support/prepared.ts", import.meta.url))

// Databases in memory start from a copy.
const preparedPGlite: Plugin = {
  name: "prepared PGlite",
  enforce: "pre",
  resolveId: (source, importer) => (source === "@electric-sql/pglite" && importer !== PREPARED_PGLITE ? PREPARED_PGLITE : undefined),
}

/**
 * Over half a minute each. They start first: one that starts last runs alone while the other workers are idle. Vitest itself knows
 * durations only from an earlier run on the same machine.
 */
const LONGEST = [
  "apps/pgsd/test/kinds",
  "packages/driver-pg/test/conformance",
  "packages/driver-postgres/test/conformance",
  "scripts/docs-blocks",
  "apps/pgsd/test/cases",
  "apps/pgsd/test/cli",
  "packages/pool/test/scenarios/listen",
  "packages/pool/test/scenarios/chaos",
  "apps/driver-tests/test/session/silence",
  "packages/testing/test/conformance-network-self",
  "packages/driver-wire/test/conformance",
  "packages/manager/test/soak",
  "apps/pgsd/test/demo",
  "apps/benchmarks/test/bench",
  "packages/manager/test/two-databases",
  "apps/driver-tests/test/values",
].map((name) => `${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name))
      return at === -1 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** Servers keep their data in memory where there is room for it: CREATE DATABASE takes a tenth of the CPU time. */
function roomInMemory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm")
    return bavail * bsize > 4 * 1024 ** 3 ? "/dev/shm" : undefined
  } catch {
    return undefined
  }
}

const { PGSD_TEST_FULL, PGSD_TEST_DATA = PGSD_TEST_FULL === undefined ? roomInMemory() : undefined } = process.env

export default defineConfig({
  plugins: [preparedPGlite],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/{src,test}/**/*.test.ts", "apps/*/{src,test}/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: ["**/node_modules/**", "apps/sample-*/**"],
    pool: "forks",
    // As many as a small machine has cores. A third one saves two minutes of ten, and limits of some tens of ms are then missed now and then.
    maxWorkers: 2,
    env: PGSD_TEST_DATA === undefined ? {} : { PGSD_TEST_DATA },
    sequence: { sequencer: LongestFirst },
    // At full length an outage lasts a minute, a frozen process a minute and a half.
    testTimeout: PGSD_TEST_FULL === undefined ? 30_000 : 180_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".reports/vitest.json" }]],
  },
})
