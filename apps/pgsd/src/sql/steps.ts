import { quoteIdentifier } from "@pgsd/driver"
import type { Fact, SchemaObject } from "../model/catalog.ts"

/** One or more statements that belong together. */
export interface Step {
  readonly phase: Phase
  readonly sql: string
  /** What other steps may need: relations, types, functions, without arguments. */
  readonly makes?: readonly string[]
  /** What it needs, as SQL that mentions it. @default the statement itself */
  readonly needs?: string
  /** Destroys something irrecoverably. */
  readonly destructive?: true
  /** Of DROP COLUMN, which takes the column from whatever still needs it, in the table and in those that inherit it. */
  readonly dropsColumn?: { readonly tables: readonly string[]; readonly column: string }
}

/** The order of statements that do not need each other. Those that commit by themselves come first. */
export const PHASES = [
  "before",
  "event trigger drop",
  "publication drop",
  "policy drop",
  "trigger drop",
  "rule drop",
  "statistics drop",
  "view drop",
  "foreign key drop",
  "constraint drop",
  "index drop",
  "before settings",
  "schema",
  "extension",
  "type",
  "sequence",
  "table",
  "column",
  "function",
  "key",
  "index",
  "foreign key",
  "view",
  "statistics",
  "trigger",
  "rule",
  "policy",
  "publication",
  "setting",
  "comment",
  // On a table it takes the column's privileges, too.
  "revoke",
  "grant",
  "column drop",
  "drop",
  "event trigger",
] as const
export type Phase = (typeof PHASES)[number]

/** The plan for a difference: steps, or a text that says why there are none. */
export type Plan = readonly Step[] | string

/** All steps of all plans; a reason against one is a reason against all. */
export function together(...plans: readonly Plan[]): Plan {
  const reason = plans.find((plan) => typeof plan === "string")
  return reason ?? plans.flatMap((plan) => (typeof plan === "string" ? [] : plan))
}

/** One plan for each aspect of a change. */
export function each<T>(list: readonly T[], plan: (one: T) => Plan): Plan {
  return together(...list.map(plan))
}

export function step(phase: Phase, sql: string, more: Partial<Step> = {}): Step {
  return { phase, sql, ...more }
}

/** Always quoted: keywords depend on the server. */
export const ident = quoteIdentifier

export function qualified(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`
}

/** As namesIn() finds it. */
export function nameKey(schema: string | null, name: string): string {
  return `${schema ?? ""}.${name}`
}

/** Everything that an object and its parts mention, as SQL. */
export function textsOf(object: SchemaObject | undefined, contents: readonly SchemaObject[]): string {
  return [object, ...contents].flatMap((each) => Object.entries(each?.facts ?? {}).flatMap(mentioned)).join("\n")
}

// An extension takes along what depends on it.
function mentioned([name, fact]: readonly [string, Fact]): readonly (string | null)[] {
  return name === "dependsOnExtensions" ? listOf(fact).map((extension) => `EXTENSION ${extension}`) : [fact].flat()
}

/** The key of a routine's name, which can be that of a relation, too. */
export function routineKey(schema: string | null, name: string): string {
  return `${nameKey(schema, bareRoutine(name))}(`
}

/** `f(integer)` as `f`, as SQL refers to a routine. */
export function bareRoutine(name: string): string {
  return name.replace(/\(.*$/s, "")
}

/** `schema.table` of a part of a relation. */
export function relationOf({ schema, parent }: Pick<SchemaObject, "schema" | "parent">): string {
  return qualified(schema, parent?.name ?? "")
}

/** `f(integer)` in the list of objects, where the name is not quoted. undefined when a parenthesis in the name makes its end ambiguous. */
export function routineName(schema: string | null, name: string): string | undefined {
  const [, own, types, ...more] = /^([^()"]+)\(([^()]*)\)$/.exec(name) ?? []
  return own === undefined || types === undefined || more.length > 0 ? undefined : `${qualified(schema, own)}(${types})`
}

/** The clauses of ALTER for the state of a trigger or rule. */
export const ENABLE: Readonly<Record<string, string>> = {
  enabled: "ENABLE",
  disabled: "DISABLE",
  "on replicas only": "ENABLE REPLICA",
  always: "ENABLE ALWAYS",
}

/** A list fact; absent means empty. */
export function listOf(fact: Fact | undefined): readonly string[] {
  return Array.isArray(fact) ? fact : []
}

/** The object's facts, other than "none", that are not among these: what a statement would omit. */
export function otherFacts({ facts }: SchemaObject, known: readonly string[]): string[] {
  return Object.entries(facts).flatMap(([name, fact]) => (fact === null || known.includes(name) ? [] : [name]))
}
