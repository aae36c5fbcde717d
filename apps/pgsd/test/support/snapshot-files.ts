import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Catalog } from "../../src/model/catalog.ts"
import { readSnapshot } from "../../src/snapshot/read-snapshot.ts"
import { type Snapshot, snapshotLines } from "../../src/snapshot/snapshot.ts"
import { violationsOf } from "./json-schema.ts"

export const EVERYTHING = { schemas: null, excludedSchemas: [] } as const

export function snapshotText(catalog: Catalog, more: Partial<Snapshot> = {}): string {
  return [...snapshotLines({ place: "shop at a:5432", server: "PostgreSQL 18.4", scope: EVERYTHING, catalog, ...more })].join("")
}

/** A folder whose files are removed afterwards. */
export function snapshotFiles() {
  const folder = mkdtempSync(join(tmpdir(), "pgsd-snapshot-"))
  const violations = violationsOf("snapshot-1")
  let count = 0
  const write = (text: string) => {
    const file = join(folder, `${++count}.json`)
    writeFileSync(file, text)
    return file
  }
  return {
    folder,
    write,
    /** The catalog written and read again, with the text of the file and its schema violations. */
    async through(catalog: Catalog) {
      const text = snapshotText(catalog)
      const { catalog: read } = await readSnapshot(write(text), EVERYTHING)
      return { read, text, violations: violations(JSON.parse(text)) }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
