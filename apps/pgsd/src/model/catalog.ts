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
  // Parts of other objects: in a catalog a property of theirs, in a comparison separate differences.
  "owner",
  "grant",
  "comment",
] as const

export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** Kinds that have columns, constraints and indexes. */
export type RelationKind = "table" | "foreign_table" | "view" | "materialized_view"

/** One object of a database: its identity, and all compared properties. Plain data. */
export interface SchemaObject {
  readonly kind: ObjectKind
  /** null for what belongs to the whole database. */
  readonly schema: string | null
  /** The relation of a column, constraint or index; of a sequence, the table whose column owns it. */
  readonly parent?: Parent
  readonly name: string
  /** Of a column: its position. Determines the displayed order, and is not compared. */
  readonly position?: number
  /** Of a view's column: its type, which follows from the view's definition and is not compared. */
  readonly columnType?: string
  readonly facts: Facts
  /** Digests of possible secrets, by the name of the fact that represents them; comparable within one run only. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Facts hidden from this role; they are not compared. */
  readonly unreadable?: readonly string[]
  readonly owner?: string
  readonly comment?: string
  /** By grantee (`PUBLIC`, or a role as SQL spells it), sorted; without the owner's default privileges. Absent: only the owner. */
  readonly grants?: Readonly<Record<string, readonly string[]>>
  /** A column inherited from a parent table (partition, INHERITS): that table's differences are its own. */
  readonly inheritedFrom?: readonly QualifiedName[]
  /**
   * It exists because of a fact of its parent (the column of a view, the attribute of a composite type), so that adding or removing it is not a separate
   * difference; its other facts, its comment and its grants are compared.
   */
  readonly implied?: true
  readonly initial?: Initial
}

/** What of an object is as initdb created it, which depends on the major: if true of both sides, it is not a difference. */
export interface Initial {
  readonly owner?: true
  /** The grants to PUBLIC. */
  readonly public?: true
}

/** Begins the name under which the sequence of an identity column is listed: the server chose its own one, which is a fact. */
export const OF_IDENTITY = "of identity column "

export interface Parent {
  readonly kind: ObjectKind
  readonly name: string
}

export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** By name, in display order. `null` or absent is "none"; lists keep their order. */
export type Facts = Readonly<Record<string, Fact>>
export type Fact = string | readonly string[] | null

/** The comparable part of one database, read at one moment. Plain data. */
export interface Catalog {
  /** The server's major version: some definitions are printed differently by different majors. */
  readonly serverMajor: number
  readonly objects: readonly SchemaObject[]
  /** Kinds that exist here and are not compared, with their counts. */
  readonly notCompared: readonly KindCount[]
  /** Every schema that is not the system's, also those that were not read. Absent from an older snapshot. */
  readonly schemaNames?: readonly string[]
  /** Chosen when the database was created (encoding, locale): shown when different, but not a difference of the schema. */
  readonly environment: Readonly<Record<string, string>>
  /** The members of each extension, and its schema, which definitions mention. */
  readonly extensionMembers: Readonly<Record<string, ExtensionMembers>>
}

export interface ExtensionMembers {
  readonly schema: string
  /** Of those in this schema. */
  readonly names: readonly string[]
  /** All of them and what belongs to their tables, by kind and name (`function f(integer)`), with what a user can change. Absent from an older snapshot. */
  readonly states?: Readonly<Record<string, Facts>>
  /** Digests of the values of options that `states` names; comparable within one run only. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Begins the name of a member's fact for each grantee. */
export const PRIVILEGES = "privileges of "

export interface KindCount {
  /** Plural, for display: `"security labels"`. */
  readonly kind: string
  readonly count: number
}

/** Kinds of what is not compared. */
export const SUBSCRIPTION_CONNECTIONS = "connections of subscriptions"
export const SUBSCRIPTION_COMMENTS_BEFORE_14 = "comments on subscriptions, which no role may read before PostgreSQL 14"
export const MAPPING_OPTIONS = "options of user mappings that this role may not read"
export const CHANGED_PRIVILEGES = "changed privileges on objects of the system and of extensions"
export const COMES_WITH_A_TYPE = "comments and privileges of what comes with a type"
