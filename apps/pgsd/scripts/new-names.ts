/**
 * Writes src/sql/new-names.json: what pg_catalog of 13 to 18 has and no earlier major from 12. Needs all majors, as `pnpm test:full` fetches them:
 *
 *   PGSD_TEST_PACKAGES=.cache/postgres pnpm tsx --conditions=@pgsd/source apps/pgsd/scripts/new-names.ts
 */
import { writeFileSync } from "node:fs"
import { availableVersions, postgresServer } from "@pgsd/testing/server"
import { type Names, namesOf, newNames } from "../test/support/catalog-names.ts"

const found = new Map<number, Names>()
for (const major of availableVersions()) {
  await using server = await postgresServer({ version: major })
  found.set(major, await namesOf(server))
}
if (found.size < 7) throw new Error("not every major is here: set PGSD_TEST_PACKAGES to the folder that test:full has filled")
writeFileSync(new URL("../src/sql/new-names.json", import.meta.url), `${JSON.stringify(newNames(found), null, 2)}\n`)
