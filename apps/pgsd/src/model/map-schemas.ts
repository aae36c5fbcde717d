import type { Catalog, Fact, Facts, ObjectKind, SchemaObject } from "./catalog.ts"
import { movedStates } from "./member-aspects.ts"
import { lastName, quotedName, renameInSql, type SchemaRename } from "./schema-names.ts"

/** The catalog with schemas renamed, in objects and in definitions. All at once, so that two can be swapped. */
export function mapSchemas(catalog: Catalog, map: ReadonlyMap<string, string>): Catalog {
  if (map.size === 0) return catalog
  const own = new Set(catalog.objects.map(({ schema }) => schema))
  // The source's own schema by a target's name is another one, though it is not read.
  const others = [...map.values()].filter((to) => !map.has(to) && !own.has(to) && catalog.schemaNames?.includes(to) === true)
  const renames = [
    ...[...map].map(([from, to]) => ({ from, to, names: namesIn(catalog, from) })),
    ...others.map((from) => ({ from, to: `${from} (of the source)`, names: "any" as const })),
  ]
  const mapped = (schema: string) => map.get(schema) ?? (others.includes(schema) ? `${schema} (of the source)` : schema)
  const objects = renamedTexts(catalog.objects, renames).map((each): SchemaObject => {
    const object = withMappedPath(each, mapped)
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
    Object.entries(catalog.extensionMembers).map(([name, members]) => [name, movedStates(members, mapped(members.schema))]),
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

/** Of functions, `SET search_path TO 'a', 'public'`; of databases, `a, public`. */
function withMappedPath(object: SchemaObject, mapped: (schema: string) => string): SchemaObject {
  const { kind, name, facts } = object
  if (kind === "database_setting" && /(?:^|\.)search_path$/.test(name))
    return { ...object, facts: { ...facts, value: mappedPath(String(facts.value), mapped) } }
  if ((kind !== "function" && kind !== "procedure") || typeof facts.definition !== "string") return object
  const definition = facts.definition.replace(
    /^( SET search_path TO )(.*)$/m,
    (_, set: string, path: string) => set + mappedPath(path, mapped),
  )
  return { ...object, facts: { ...facts, definition } }
}

function mappedPath(path: string, mapped: (schema: string) => string): string {
  return path.replace(/'((?:[^']|'')*)'|"((?:[^"]|"")*)"|[^\s,'"]+/g, (item, literal?: string, quoted?: string) => {
    const schema = literal?.replaceAll("''", "'") ?? quoted?.replaceAll('""', '"') ?? item
    const to = mapped(schema)
    if (to === schema) return item
    return literal === undefined ? quotedName(to) : `'${to.replaceAll("'", "''")}'`
  })
}

/** Kinds that SQL mentions with their schema. A column, constraint or trigger is mentioned with its table. */
const WITH_SCHEMA: readonly ObjectKind[] = [
  ...(["table", "foreign_table", "view", "materialized_view", "sequence", "index", "statistics"] as const),
  ...(["enum", "domain", "composite_type", "range_type", "base_type", "collation", "conversion"] as const),
  ...(["function", "procedure", "aggregate", "operator", "operator_class", "operator_family"] as const),
  ...(["text_search_parser", "text_search_template", "text_search_dictionary", "text_search_configuration"] as const),
]

// A function is listed with its types, `f(integer)`, and mentioned by its name. A range type brings its multirange type.
function namesIn({ objects, extensionMembers }: Catalog, schema: string): ReadonlySet<string> {
  const own = objects
    .filter((object) => object.schema === schema && WITH_SCHEMA.includes(object.kind))
    .flatMap(({ name, facts }) => [name, ...(typeof facts.multirange === "string" ? [lastName(facts.multirange)] : [])])
  const brought = Object.values(extensionMembers).flatMap((members) => (members.schema === schema ? members.names : []))
  return new Set([...own.flatMap((name) => [name, name.replace(/\(.*$/s, ""), name.replace(/ USING .*$/, "")]), ...brought])
}
