import { createHash } from "node:crypto"
import { HIDDEN } from "../catalog/attached.ts"
import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { printableJson } from "../render/printable.ts"
import type { Scope } from "./scope.ts"

/** Increased when a field changes its meaning or is removed. The number is part of the published schema's name. */
export const SNAPSHOT_FORMAT = 1

/** The limit for reading and writing, in bytes: about three databases of 20,000 tables. */
export const LARGEST_SNAPSHOT = 256 * 1024 * 1024

/** A catalog with its origin. Plain data, and without a time: the same database gives the same bytes. */
export interface Snapshot {
  /** Without a password: `shop at db.example.com:5432`. */
  readonly place: string
  /** `PostgreSQL 14.23` */
  readonly server: string
  readonly scope: Scope
  readonly catalog: Catalog
}

/** The file, as JSON: one object per line, so that diffs in a repository are readable. */
export function* snapshotLines({ place, server, scope, catalog }: Snapshot): Generator<string> {
  const kept = withoutDigests(catalog)
  const { objects, ...rest } = kept
  const head = { format: SNAPSHOT_FORMAT, place, server, scope, digest: digestOf(kept), catalog: rest }
  // Without the two closing braces, the catalog's and its own.
  yield `${jsonOf(head).slice(0, -2)},"objects":[\n`
  for (const [at, object] of objects.entries()) yield `${jsonOf(object)}${at === objects.length - 1 ? "" : ","}\n`
  yield "]}}\n"
}

// Of the parsed content, not of its formatting.
function jsonOf(value: object): string {
  return printableJson(JSON.stringify(value))
}

/** Detects a truncated or edited file; whitespace does not count. */
export function digestOf({ objects, ...rest }: Catalog): string {
  const hash = createHash("sha256").update(JSON.stringify(rest))
  for (const object of objects) hash.update(`\n${JSON.stringify(object)}`)
  return `sha256:${hash.digest("hex")}`
}

const HIDDEN_VALUES = "hidden values of options and settings, which a snapshot does not hold"

/** Digests are of short values with a salt that would have to be stored beside them: the value could be found by brute force. */
export function withoutDigests(catalog: Catalog): Catalog {
  const members = Object.entries(catalog.extensionMembers).map(([name, { secrets: _, ...each }]) => [name, each])
  return {
    ...catalog,
    objects: catalog.objects.map(({ secrets: _, ...object }): SchemaObject => object),
    extensionMembers: Object.fromEntries(members),
  }
}

/** What cannot be compared, because it is not in the file, is counted as such. */
export function withMissingCounted(catalog: Catalog): Catalog {
  const members = Object.values(catalog.extensionMembers)
  const ofMembers = members.flatMap(({ states = {} }) => Object.values(states).flatMap(({ options }) => options ?? []))
  const hidden = catalog.objects.flatMap(({ facts }) => Object.values(facts).filter((fact) => fact === HIDDEN)).length + ofMembers.length
  const withoutMembers = members.filter(({ states }) => states === undefined).length
  const counts = [
    { kind: HIDDEN_VALUES, count: hidden },
    { kind: "extensions whose members an older snapshot does not hold", count: withoutMembers },
  ]
  return { ...catalog, notCompared: [...catalog.notCompared, ...counts.filter(({ count }) => count > 0)] }
}
