import { fileURLToPath } from "node:url"
import { defineConfig, type Plugin } from "vitest/config"

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

export default defineConfig({
  plugins: [preparedPGlite],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/{src,test}/**/*.test.ts", "apps/*/{src,test}/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: ["**/node_modules/**", "apps/sample-*/**"],
    pool: "forks",
    maxWorkers: 2,
    // At full length an outage lasts a minute, a frozen process a minute and a half.
    // biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo builds; it runs no test.
    testTimeout: process.env.PGSD_TEST_FULL === undefined ? 30_000 : 180_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".reports/vitest.json" }]],
  },
})
