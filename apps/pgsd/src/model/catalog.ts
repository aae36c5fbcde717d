/** What is compared, in the order in which one schema's objects are listed. */
export const OBJECT_KINDS = [
  "schema",
  "extension",
  "enum",
  "domain",
  "composite_type",
  "range_type",
  "sequence",
  "table",
  "foreign_table",
  "view",
  "materialized_view",
  "column",
  "constraint",
  "index",
  "trigger",
  "rule",
  "policy",
  "function",
  "procedure",
] as const

export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** Kinds that own columns, constraints and indexes. */
export type RelationKind = "table" | "foreign_table" | "view" | "materialized_view"

/** One object of a schema: what names it, and everything about it that counts. */
export interface SchemaObject {
  readonly kind: ObjectKind
  /** null for schemas and extensions, which belong to the database. */
  readonly schema: string | null
  /** The relation of a column, constraint or index; of a sequence, the table whose column owns it. */
  readonly parent?: Parent
  readonly name: string
  readonly facts: Facts
  /** A column that comes from a parent table (partition, INHERITS): that table's differences are its own. */
  readonly inheritedFrom?: readonly QualifiedName[]
}

export interface Parent {
  readonly kind: RelationKind
  readonly name: string
}

export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** By name, in the order in which they are shown. `null` is "none"; a list keeps its order. */
export type Facts = Readonly<Record<string, Fact>>
export type Fact = string | readonly string[] | null

/** The comparable part of one database, read at one moment. Plain data. */
export interface Catalog {
  /** The server's major version: some definitions are printed differently by different majors. */
  readonly serverMajor: number
  readonly objects: readonly SchemaObject[]
  /** Kinds that exist here and are not compared, with their counts. */
  readonly notCompared: readonly KindCount[]
}

export interface KindCount {
  /** In words, plural: `"functions"`. */
  readonly kind: string
  readonly count: number
}
