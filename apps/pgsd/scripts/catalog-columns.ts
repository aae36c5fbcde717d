/**
 * Writes test/catalog-columns.json: every column of every catalog of every major, from real servers. Needs all majors, as `pnpm test:full` fetches them:
 *
 *   PGSD_TEST_PACKAGES=.cache/postgres pnpm tsx --conditions=@pgsd/source apps/pgsd/scripts/catalog-columns.ts
 */
import { writeFileSync } from "node:fs"
import { availableVersions, postgresServer } from "@pgsd/testing/server"
import { columnsOf } from "../test/support/catalog-columns.ts"

const MAJORS = [12, 13, 14, 15, 16, 17, 18]
const missing = MAJORS.filter((major) => !availableVersions().includes(major))
if (missing.length > 0)
  throw new Error(`no PostgreSQL ${missing.join(", ")} here: set PGSD_TEST_PACKAGES to the folder that test:full has filled`)

const found: Record<string, Record<string, number[]>> = {}
for (const major of availableVersions()) {
  await using server = await postgresServer({ version: major })
  for (const [catalog, columns] of Object.entries(await columnsOf(server)))
    for (const column of columns) {
      found[catalog] ??= {}
      found[catalog][column] = [...(found[catalog][column] ?? []), major]
    }
}
const sorted = Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)))
// One line per column, so that a new major changes one line for each.
const lines = Object.entries(sorted).map(([catalog, columns]) => {
  const rows = Object.entries(columns).map(([column, majors]) => `    ${JSON.stringify(column)}: ${JSON.stringify(majors)}`)
  return `  ${JSON.stringify(catalog)}: {\n${rows.join(",\n")}\n  }`
})
writeFileSync(new URL("../test/catalog-columns.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`)
