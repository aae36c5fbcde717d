import { type Catalog, type Fact, OF_IDENTITY, type QualifiedName, type SchemaObject } from "../model/catalog.ts"
import { lastName } from "../model/schema-names.ts"
import { namesIn, pushTo } from "./order.ts"
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
  columnsOf(relation: Relation): readonly SchemaObject[]
  columnOf(relation: Relation | QualifiedName, name: string): SchemaObject | undefined
  /** The columns that a column's parents have under its name. */
  parentsOf(column: SchemaObject): readonly SchemaObject[]
  /** Partitions and children of a table, and theirs. */
  descendantsOf(table: Relation): readonly SchemaObject[]
  /** How many generations of tables are above it. */
  depthOf(table: Relation): number
  /** The type of the column by whose values a partition was chosen, where it is one alone, with its type's collation and operators. */
  partitionTypeOf(partition: SchemaObject): string | undefined
  /** The sequence of an identity column, as an object. */
  sequenceOf(column: SchemaObject): SchemaObject | undefined
}

type Relation = Pick<SchemaObject, "schema" | "name">

/** Facts of a table about what it has of its own on parts that come from its parents. */
export const OF_ITS_OWN: readonly string[] = [
  "commentsOfParts",
  "inheritedChecks",
  "partitionConstraints",
  "partitionIndexes",
  "partitionTriggers",
]

export function relativesIn({ objects }: Catalog): Relatives {
  const tables = new Map<string, SchemaObject>()
  const children = new Map<string, SchemaObject[]>()
  const foreignKeys = new Map<string, SchemaObject[]>()
  const columns = new Map<string, SchemaObject[]>()
  const sequences = new Map<string, SchemaObject>()
  for (const object of objects) {
    const { kind, schema, parent, name, facts } = object
    if (kind === "table" || kind === "foreign_table") {
      tables.set(nameKey(schema, name), object)
      for (const key of parentKeys(object)) pushTo(children, key, object)
    }
    if (kind === "sequence" && object.implied === true)
      sequences.set(`${nameKey(schema, parent?.name ?? "")}\0${name.slice(OF_IDENTITY.length)}`, object)
    if (kind === "column") pushTo(columns, nameKey(schema, parent?.name ?? ""), object)
    if (isForeignKey(object)) for (const key of namesIn(String(facts.definition))) pushTo(foreignKeys, key, object)
  }
  const keyOfTable = ({ schema, parent }: SchemaObject) => nameKey(schema, parent?.name ?? "")
  const columnsOf = ({ schema, name }: Relation) => columns.get(nameKey(schema, name)) ?? []
  const columnOf = (relation: Relation, name: string) => columnsOf(relation).find((each) => each.name === name)
  const descendantsOf = (key: string): SchemaObject[] => {
    const found = new Set(children.get(key))
    for (const { schema, name } of found) for (const each of children.get(nameKey(schema, name)) ?? []) found.add(each)
    return [...found]
  }
  const depths = new Map<string, number>()
  const depthOf = (key: string): number => {
    const known = depths.get(key)
    if (known !== undefined) return known
    depths.set(key, 0)
    const table = tables.get(key)
    const depth = table === undefined ? 0 : Math.max(0, ...parentKeys(table).map((each) => 1 + depthOf(each)))
    depths.set(key, depth)
    return depth
  }
  return {
    columnOf,
    parentsOf: ({ inheritedFrom = [], name }) => inheritedFrom.flatMap((parent) => columnOf(parent, name) ?? []),
    descendantsOf: ({ schema, name }) => descendantsOf(nameKey(schema, name)),
    depthOf: ({ schema, name }) => depthOf(nameKey(schema, name)),
    partitionTypeOf: (partition) => {
      const parent = parentKeys(partition).map((key) => tables.get(key))[0]
      const [, name] = PARTITION_KEY.exec(String(parent?.facts.partitionBy)) ?? []
      const column = name === undefined ? undefined : columnOf(parent!, lastName(name))
      return column === undefined || column.facts.collation != null ? undefined : String(column.facts.type)
    },
    sequenceOf: (column) => sequences.get(`${keyOfTable(column)}\0${column.name}`),
    tableOf: (part) => tables.get(keyOfTable(part)),
    childHasOwn: (part) =>
      descendantsOf(keyOfTable(part)).some(
        ({ facts }) => OF_ITS_OWN.some((fact) => facts[fact] != null) || String(facts.replicaIdentity).startsWith("index "),
      ),
    foreignKeysOn: (key) => {
      const own = uniqueColumns(key)
      const found = own === undefined ? undefined : foreignKeys.get(keyOfTable(key))
      return (found ?? []).filter(({ facts }) => columnsIn(REFERENCED, facts.definition) === own)
    },
    columnsOf,
  }
}

function parentKeys({ facts }: SchemaObject): readonly string[] {
  return [...namesIn([...listOf(facts.partitionOf), ...listOf(facts.inherits)].join("\n"))].filter((key) => !key.startsWith("."))
}

export function isPrimaryKey({ kind, facts }: Pick<SchemaObject, "kind" | "facts">): boolean {
  return kind === "constraint" && String(facts.definition).startsWith("PRIMARY KEY")
}

export function isForeignKey({ kind, facts }: Pick<SchemaObject, "kind" | "facts">): boolean {
  return kind === "constraint" && String(facts.definition).startsWith("FOREIGN KEY")
}

const NAME = String.raw`(?:"(?:[^"]|"")*"|[^\s"().]+)`
const LIST = String.raw`\(((?:"(?:[^"]|"")*"|[^()"])*)\)`
/** The rest of a column is its collation, operator class and order. */
const COLUMN = /(?:PERIOD )?("(?:[^"]|"")*"|[^\s,"]+)(?:[^,"]|"(?:[^"]|"")*")*(?:,|$)/g
const PARTITION_KEY = new RegExp(`^(?:LIST|RANGE) \\((${NAME})\\)$`)
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
  return [...list.matchAll(COLUMN)]
    .map(([, column]) => column)
    .sort()
    .join(",")
}
