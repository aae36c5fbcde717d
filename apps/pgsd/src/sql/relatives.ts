import type { Catalog, Fact, SchemaObject } from "../model/catalog.ts"
import { namesIn } from "./order.ts"
import { listOf, nameKey } from "./steps.ts"

/** What else in a catalog hangs on an object, though its own facts do not say so. */
export interface Relatives {
  /** The table of a part. */
  tableOf(part: SchemaObject): SchemaObject | undefined
  /** Whether a child of its table has something of its own that belongs to what it inherits of this object, and is lost with that. */
  childHasOwn(part: SchemaObject): boolean
  /** The foreign keys that can rely on this unique index or key. */
  foreignKeysOn(key: SchemaObject): readonly SchemaObject[]
  /** The columns of its table or view. */
  columnsOf(relation: Pick<SchemaObject, "schema" | "name">): readonly SchemaObject[]
}

const OWN = ["commentsOfParts", "inheritedChecks", "partitionConstraints", "partitionIndexes", "partitionTriggers"]

export function relativesIn({ objects }: Catalog): Relatives {
  const tables = new Map<string, SchemaObject>()
  const children = new Map<string, SchemaObject[]>()
  const foreignKeys = new Map<string, SchemaObject[]>()
  const columns = new Map<string, SchemaObject[]>()
  for (const object of objects) {
    const { kind, schema, parent, name, facts } = object
    if (kind === "table") {
      tables.set(nameKey(schema, name), object)
      for (const key of namesIn([...listOf(facts.partitionOf), ...listOf(facts.inherits)].join("\n"))) push(children, key, object)
    }
    if (kind === "column") push(columns, nameKey(schema, parent?.name ?? ""), object)
    if (isForeignKey(object)) for (const key of namesIn(String(facts.definition))) push(foreignKeys, key, object)
  }
  const keyOfTable = ({ schema, parent }: SchemaObject) => nameKey(schema, parent?.name ?? "")
  const hasOwn = (key: string): boolean =>
    (children.get(key) ?? []).some(
      ({ schema, name, facts }) =>
        OWN.some((fact) => facts[fact] != null) || String(facts.replicaIdentity).startsWith("index ") || hasOwn(nameKey(schema, name)),
    )
  return {
    tableOf: (part) => tables.get(keyOfTable(part)),
    childHasOwn: (part) => hasOwn(keyOfTable(part)),
    foreignKeysOn: (key) => {
      const own = uniqueColumns(key)
      const found = own === undefined ? undefined : foreignKeys.get(keyOfTable(key))
      return (found ?? []).filter(({ facts }) => columnsIn(REFERENCED, facts.definition) === own)
    },
    columnsOf: ({ schema, name }) => columns.get(nameKey(schema, name)) ?? [],
  }
}

export function isForeignKey({ kind, facts }: Pick<SchemaObject, "kind" | "facts">): boolean {
  return kind === "constraint" && String(facts.definition).startsWith("FOREIGN KEY")
}

const NAME = String.raw`(?:"(?:[^"]|"")*"|[^\s"().]+)`
const LIST = String.raw`\(((?:"(?:[^"]|"")*"|[^()"])*)\)`
const REFERENCED = new RegExp(` REFERENCES ${NAME}\\.${NAME}${LIST}`)
const OF_KEY = new RegExp(`^(?:PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?) ${LIST}`)
const OF_INDEX = new RegExp(`^CREATE UNIQUE INDEX ${NAME} ON .* USING \\w+ ${LIST}`, "s")

/** Of a key or of a unique index without a condition or expressions: other indexes do not serve a foreign key. */
export function uniqueColumns({ kind, facts: { definition } }: SchemaObject): string | undefined {
  if (kind === "constraint") return columnsIn(OF_KEY, definition)
  return / WHERE /.test(String(definition)) ? undefined : columnsIn(OF_INDEX, definition)
}

/** The list's columns in a fixed order: that of a foreign key and that of its index may differ. */
function columnsIn(pattern: RegExp, definition: Fact | undefined): string | undefined {
  const list = pattern.exec(String(definition))?.[1]
  if (list === undefined) return undefined
  return [...list.matchAll(/(?:PERIOD )?("(?:[^"]|"")*"|[^\s,"]+)[^,"]*(?:,|$)/g)]
    .map(([, column]) => column)
    .sort()
    .join(",")
}

function push<Key>(lists: Map<Key, SchemaObject[]>, key: Key, object: SchemaObject): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [object])
  else list.push(object)
}
