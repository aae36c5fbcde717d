import type { Catalog, Facts, Parent, SchemaObject } from "../../src/model/catalog.ts"

/** Objects of schema "shop" as the catalog readers would return them, with only the facts under test. */
export const table = (name: string, facts: Facts = {}): SchemaObject => ({ kind: "table", schema: "shop", name, facts })

export const column = (parent: string, name: string, facts: Facts): SchemaObject => inTable("column", parent, name, facts)
export const constraint = (parent: string, name: string, definition: string): SchemaObject =>
  inTable("constraint", parent, name, { definition })
export const index = (parent: string, name: string, definition: string): SchemaObject => inTable("index", parent, name, { definition })
export const view = (name: string, definition: string): SchemaObject => ({ kind: "view", schema: "shop", name, facts: { definition } })
export const enumType = (name: string, ...labels: string[]): SchemaObject => ({ kind: "enum", schema: "shop", name, facts: { labels } })

export function catalog(objects: readonly SchemaObject[], options: Partial<Catalog> = {}): Catalog {
  return { serverMajor: 18, notCompared: [], environment: {}, extensionMembers: {}, ...options, objects }
}

function inTable(kind: "column" | "constraint" | "index", name: string, own: string, facts: Facts): SchemaObject {
  const parent: Parent = { kind: "table", name }
  return { kind, schema: "shop", parent, name: own, facts }
}
