/**
 * PGlite for the tests of this repository: a database in memory starts as a copy of what initdb created once on this machine, because
 * initdb is four fifths of a start (3.7 s of CPU against 0.8 s). A database in a folder starts as usual, and with PGSD_TEST_FULL all do.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { PGlite, type PGliteOptions } from "@electric-sql/pglite"
import { buildOnce } from "../../../testing/src/server/binaries/build-once.ts"
import { deadline } from "../../../testing/src/server/wait.ts"

export * from "@electric-sql/pglite"

const create = PGlite.create.bind(PGlite) as (options: PGliteOptions) => Promise<PGlite>

async function prepared(): Promise<Blob> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.resolve("@electric-sql/pglite")), "utf8"))
  const folder = await buildOnce(`pglite-${version}`, deadline(60_000), async (draft) => {
    await mkdir(draft)
    await using database = await create({})
    // A copy starts with crash recovery, whose timer would keep a program alive that does not close it.
    await database.exec("ALTER SYSTEM SET log_startup_progress_interval = 0")
    const dump = await database.dumpDataDir("none")
    await writeFile(join(draft, "data.tar"), dump.stream())
  })
  return new Blob([await readFile(join(folder, "data.tar"))])
}

if (process.env.PGSD_TEST_FULL === undefined) {
  // Done here, before any test's timeout runs: the first call takes as long as initdb.
  const loadDataDir = await prepared()
  // Other options may exclude a copy: a folder, extensions, or the instance in which PGlite runs initdb.
  PGlite.create = ((options: PGliteOptions = {}) =>
    create(Object.keys(options).length === 0 ? { loadDataDir } : options)) as unknown as typeof PGlite.create
}
