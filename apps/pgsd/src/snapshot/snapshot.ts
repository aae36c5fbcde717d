import { createHash } from "node:crypto"
import type { Catalog, SchemaObject } from "../model/catalog.ts"
import type { Scope } from "./scope.ts"

/** Raised when a field changes its meaning or goes away. The number is in the name of the published schema. */
export const SNAPSHOT_FORMAT = 1

/** What one reader takes and another writes, in bytes: about three databases of 20,000 tables. */
export const LARGEST_SNAPSHOT = 256 * 1024 * 1024

/** A catalog with where it came from. Plain data, and without a time: the same database gives the same bytes. */
export interface Snapshot {
  /** Without a password: `shop at db.example.com:5432`. */
  readonly place: string
  /** `PostgreSQL 14.23` */
  readonly server: string
  readonly scope: Scope
  readonly catalog: Catalog
}

/** The file, as JSON: one object to a line, so that what changes in a repository can be read. */
export function* snapshotLines({ place, server, scope, catalog }: Snapshot): Generator<string> {
  const kept = withoutHiddenValues(catalog)
  const { objects, ...rest } = kept
  const head = { format: SNAPSHOT_FORMAT, place, server, scope, digest: digestOf(kept), catalog: rest }
  // Without the two braces that end it, the catalog's and its own.
  yield `${JSON.stringify(head).slice(0, -2)},"objects":[\n`
  for (const [at, object] of objects.entries()) yield `${JSON.stringify(object)}${at === objects.length - 1 ? "" : ","}\n`
  yield "]}}\n"
}

/** Tells a file that was cut or edited from one that is as it was written; white space does not count. */
export function digestOf({ objects, ...rest }: Catalog): string {
  const hash = createHash("sha256").update(JSON.stringify(rest))
  for (const object of objects) hash.update(`\n${JSON.stringify(object)}`)
  return `sha256:${hash.digest("hex")}`
}

const HIDDEN_VALUES = "hidden values of options and settings, which a snapshot does not hold"

/** Digests are of short values with a key that would have to stand beside them: who has time finds the value. */
function withoutHiddenValues(catalog: Catalog): Catalog {
  let hidden = 0
  const objects = catalog.objects.map(({ secrets, ...object }): SchemaObject => {
    hidden += Object.keys(secrets ?? {}).length
    return object
  })
  return { ...catalog, objects, notCompared: [...catalog.notCompared, ...(hidden === 0 ? [] : [{ kind: HIDDEN_VALUES, count: hidden }])] }
}
