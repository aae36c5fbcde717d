import type { Catalog, Fact, Facts, SchemaObject } from "./catalog.ts"
import { renameInSql, type SchemaRename } from "./schema-names.ts"

/** The catalog with schemas renamed, in objects and in definitions. All at once, so that two can be swapped. */
export function mapSchemas(catalog: Catalog, map: ReadonlyMap<string, string>): Catalog {
  if (map.size === 0) return catalog
  const renames = [...map].map(([from, to]) => ({ from, to, names: namesIn(catalog, from) }))
  const mapped = (schema: string) => map.get(schema) ?? schema
  const objects = renamedTexts(catalog.objects, renames).map((object): SchemaObject => {
    const { kind, schema, name, facts, inheritedFrom } = object
    return {
      ...object,
      schema: schema === null ? null : mapped(schema),
      name: kind === "schema" ? mapped(name) : name,
      ...(kind === "extension" && { facts: { ...facts, schema: mapped(String(facts.schema)) } }),
      ...(kind === "publication" && Array.isArray(facts.schemas) && { facts: { ...facts, schemas: facts.schemas.map(mapped).sort() } }),
      ...(inheritedFrom !== undefined && { inheritedFrom: inheritedFrom.map((parent) => ({ ...parent, schema: mapped(parent.schema) })) }),
    }
  })
  const extensionMembers = Object.fromEntries(
    Object.entries(catalog.extensionMembers).map(([name, members]) => [name, { ...members, schema: mapped(members.schema) }]),
  )
  return { ...catalog, objects, extensionMembers }
}

/** The objects with schemas renamed in all their texts. */
export function renamedTexts(objects: readonly SchemaObject[], renames: readonly SchemaRename[]): readonly SchemaObject[] {
  const text = (value: string) => renameInSql(value, renames)
  const fact = (value: Fact): Fact => (typeof value === "string" ? text(value) : (value?.map(text) ?? null))
  const facts = (all: Facts): Facts => Object.fromEntries(Object.entries(all).map(([name, value]) => [text(name), fact(value)]))
  return objects.map((object) => ({ ...object, name: text(object.name), facts: facts(object.facts) }))
}

// A function is listed with its types, `f(integer)`, and mentioned by its name.
function namesIn({ objects, extensionMembers }: Catalog, schema: string): ReadonlySet<string> {
  const own = objects.filter((object) => object.schema === schema && object.parent?.name !== object.name).map(({ name }) => name)
  const brought = Object.values(extensionMembers).flatMap((members) => (members.schema === schema ? members.names : []))
  return new Set([...own.flatMap((name) => [name, name.replace(/\(.*$/s, ""), name.replace(/ USING .*$/, "")]), ...brought])
}
