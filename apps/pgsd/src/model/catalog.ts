/** Kinds of objects, in the order in which one schema's differences are listed. */
export const OBJECT_KINDS = [
  "database",
  "database_setting",
  "schema",
  "extension",
  "access_method",
  "language",
  "foreign_data_wrapper",
  "foreign_server",
  "user_mapping",
  "collation",
  "conversion",
  "enum",
  "domain",
  "composite_type",
  "range_type",
  "base_type",
  "sequence",
  "table",
  "foreign_table",
  "view",
  "materialized_view",
  "column",
  "constraint",
  "index",
  "statistics",
  "trigger",
  "rule",
  "policy",
  "function",
  "procedure",
  "aggregate",
  "operator",
  "operator_family",
  "operator_class",
  "cast",
  "transform",
  "text_search_parser",
  "text_search_template",
  "text_search_dictionary",
  "text_search_configuration",
  "event_trigger",
  "publication",
  "subscription",
  "default_privilege",
  // What other objects have: in a catalog a property of theirs, in a comparison a difference of its own.
  "owner",
  "grant",
  "comment",
] as const

export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** Kinds that own columns, constraints and indexes. */
export type RelationKind = "table" | "foreign_table" | "view" | "materialized_view"

/** One object of a database: what names it, and everything about it that counts. Plain data. */
export interface SchemaObject {
  readonly kind: ObjectKind
  /** null for what belongs to the database as a whole. */
  readonly schema: string | null
  /** The relation of a column, constraint or index; of a sequence, the table whose column owns it. */
  readonly parent?: Parent
  readonly name: string
  /** Of a column: where it stands among the others. Shown in this order, and not compared. */
  readonly position?: number
  /** Of a view's column: its type, which follows from the view's definition and is not compared. */
  readonly columnType?: string
  readonly facts: Facts
  /** Digests of values that may be secrets, by the name of the fact that stands for them; comparable within one run only. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Facts that this role was not allowed to read; they are compared with nothing. */
  readonly unreadable?: readonly string[]
  readonly owner?: string
  readonly comment?: string
  /** By grantee (`PUBLIC`, or a role as SQL spells it), sorted; without what the owner has by default. Absent: only the owner. */
  readonly grants?: Readonly<Record<string, readonly string[]>>
  /** A column that comes from a parent table (partition, INHERITS): that table's differences are its own. */
  readonly inheritedFrom?: readonly QualifiedName[]
  /**
   * It exists because of a fact of its parent (the column of a view, the attribute of a composite type), so that its coming and going is no difference of
   * its own; what is compared are its other facts, its comment and its grants.
   */
  readonly implied?: true
  readonly initial?: Initial
}

/** What of an object is as initdb made it, which depends on the major: where both sides are, that is no difference. */
export interface Initial {
  readonly owner?: true
  /** What is granted to PUBLIC. */
  readonly public?: true
}

export interface Parent {
  readonly kind: ObjectKind
  readonly name: string
}

export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** By name, in the order in which they are shown. `null` or absent is "none"; a list keeps its order. */
export type Facts = Readonly<Record<string, Fact>>
export type Fact = string | readonly string[] | null

/** The comparable part of one database, read at one moment. Plain data. */
export interface Catalog {
  /** The server's major version: some definitions are printed differently by different majors. */
  readonly serverMajor: number
  readonly objects: readonly SchemaObject[]
  /** Kinds that exist here and are not compared, with their counts. */
  readonly notCompared: readonly KindCount[]
  /** What was chosen when the database was created (encoding, locale): shown when it differs, but no difference of the schema. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of what each extension brought, and the schema they are in: definitions mention them with that schema. */
  readonly extensionMembers: Readonly<Record<string, ExtensionMembers>>
}

export interface ExtensionMembers {
  readonly schema: string
  readonly names: readonly string[]
}

export interface KindCount {
  /** Plural, for people: `"security labels"`. */
  readonly kind: string
  readonly count: number
}
