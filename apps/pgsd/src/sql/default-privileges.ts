import type { Catalog, ObjectKind, SchemaObject } from "../model/catalog.ts"
import { listOf } from "./steps.ts"

/** Privileges that a new object may have because of the source's default privileges, by grantee: which of them apply depends on the role that runs the script. */
export type DefaultGrants = (object: SchemaObject) => ReadonlyMap<string, readonly string[]>

const OF_KIND: Readonly<Partial<Record<ObjectKind, string>>> = {
  table: "tables",
  foreign_table: "tables",
  view: "tables",
  materialized_view: "tables",
  sequence: "sequences",
  function: "functions",
  procedure: "functions",
  enum: "types",
  domain: "types",
  composite_type: "types",
  range_type: "types",
  schema: "schemas",
}

// The role comes first and may contain anything; a grantee that is more than a word is quoted.
const NAME = /:(tables|sequences|functions|types|schemas|large objects):("(?:[^"]|"")*"|[^":]*)$/s

export function defaultGrantsIn({ objects }: Catalog): DefaultGrants {
  const entries = objects.flatMap(({ kind, schema, name, facts }) => {
    const [, type, grantee] = (kind === "default_privilege" && NAME.exec(name)) || []
    return type === undefined || grantee === undefined ? [] : [{ schema, type, grantee, privileges: listOf(facts.privileges) }]
  })
  return (object) => {
    const found = new Map<string, string[]>()
    for (const { schema, type, grantee, privileges } of entries)
      if (type === OF_KIND[object.kind] && (schema === null || schema === object.schema))
        found.set(grantee, [...(found.get(grantee) ?? []), ...privileges])
    return found
  }
}
