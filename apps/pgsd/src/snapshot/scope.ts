import type { Catalog, SchemaObject } from "../model/catalog.ts"

/** Which schemas were read. */
export interface Scope {
  /** null: every schema except the system's, and what belongs to the whole database. */
  readonly schemas: readonly string[] | null
  readonly excludedSchemas: readonly string[]
}

/** True when everything requested was read. */
export function covers(read: Scope, asked: Scope): boolean {
  const wanted = (schema: string) => isWanted(schema, asked)
  if (read.schemas === null) return !read.excludedSchemas.some(wanted)
  return asked.schemas?.every((schema) => !wanted(schema) || isWanted(schema, read)) === true
}

/** The part of a catalog that would have been read for this scope. */
export function restrictedTo(catalog: Catalog, scope: Scope): Catalog {
  if (scope.schemas === null && scope.excludedSchemas.length === 0) return catalog
  return { ...catalog, objects: catalog.objects.filter((object) => isWithin(object, scope)) }
}

function isWithin({ kind, schema, name, facts }: SchemaObject, scope: Scope): boolean {
  if (schema !== null) return isWanted(schema, scope)
  if (kind === "schema") return isWanted(name, scope)
  // With selected schemas, an extension belongs to its schema.
  if (kind === "extension") return scope.schemas?.includes(String(facts.schema)) ?? true
  return scope.schemas === null
}

function isWanted(schema: string, { schemas, excludedSchemas }: Scope): boolean {
  return (schemas === null || schemas.includes(schema)) && !excludedSchemas.includes(schema)
}
