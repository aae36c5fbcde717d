import type { Fact, ObjectKind, Parent, SchemaObject } from "./catalog.ts"

/** `added`: only in the target; `removed`: only in the source. */
export type Change = "added" | "removed" | "changed"

export interface Difference {
  readonly change: Change
  readonly kind: ObjectKind
  readonly schema: string | null
  readonly parent?: Parent
  /** Of a grant: the grantee. Of an owner or comment: the name of its object. */
  readonly name: string
  /** Of an owner, grant or comment: its object. `parent` is then that, or what that belongs to. */
  readonly on?: Parent
  readonly source?: SchemaObject
  readonly target?: SchemaObject
  /** What differs, for `changed`. */
  readonly aspects: readonly Aspect[]
  /** Parts added or removed with a table: its columns, constraints, indexes and sequences are not separate differences. */
  readonly contents: readonly SchemaObject[]
  /** What to know before acting on it. */
  readonly note?: string
}

export interface Aspect {
  readonly name: string
  readonly source: Fact
  readonly target: Fact
}

export interface Comparison {
  /** Ordered by schema, then by the relation or object, then by kind and name; the same for every run and every driver. */
  readonly differences: readonly Difference[]
  /** Number of objects of each kind on both sides together, each counted once. */
  readonly compared: Readonly<Partial<Record<ObjectKind, number>>>
  /** How the databases themselves differ (encoding, locale), which is not a difference of the schema. */
  readonly environment: readonly Aspect[]
}
