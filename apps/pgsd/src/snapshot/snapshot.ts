import { createHash } from "node:crypto"
import { HIDDEN } from "../catalog/attached.ts"
import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { printableJson } from "../render/printable.ts"
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
  const kept = withoutDigests(catalog)
  const { objects, ...rest } = kept
  const head = { format: SNAPSHOT_FORMAT, place, server, scope, digest: digestOf(kept), catalog: rest }
  // Without the two braces that end it, the catalog's and its own.
  yield `${jsonOf(head).slice(0, -2)},"objects":[\n`
  for (const [at, object] of objects.entries()) yield `${jsonOf(object)}${at === objects.length - 1 ? "" : ","}\n`
  yield "]}}\n"
}

// Of what was read, and not of how it is spelled: the digest is the same without this.
function jsonOf(value: object): string {
  return printableJson(JSON.stringify(value))
}

/** Tells a file that was cut or edited from one that is as it was written; white space does not count. */
export function digestOf({ objects, ...rest }: Catalog): string {
  const hash = createHash("sha256").update(JSON.stringify(rest))
  for (const object of objects) hash.update(`\n${JSON.stringify(object)}`)
  return `sha256:${hash.digest("hex")}`
}

const HIDDEN_VALUES = "hidden values of options and settings, which a snapshot does not hold"

/** Digests are of short values with a key that would have to stand beside them: time is enough to find the value. */
function withoutDigests(catalog: Catalog): Catalog {
  return { ...catalog, objects: catalog.objects.map(({ secrets: _, ...object }): SchemaObject => object) }
}

/** With the values that cannot be compared, because their digests are gone, counted as such. */
export function withHiddenValuesCounted(catalog: Catalog): Catalog {
  const count = catalog.objects.flatMap(({ facts }) => Object.values(facts).filter((fact) => fact === HIDDEN)).length
  return count === 0 ? catalog : { ...catalog, notCompared: [...catalog.notCompared, { kind: HIDDEN_VALUES, count }] }
}
