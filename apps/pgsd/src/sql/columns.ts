import { type Fact, OF_IDENTITY, type SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { inheritedFact, ownFacts } from "../model/inheritance.ts"
import type { Context } from "./context.ts"
import { each, ident, otherFacts, type Plan, qualified, relationOf, type Step, step } from "./steps.ts"

const SAID = ["type", "nullability", "notNullConstraint", "default", "generated", "generatedKind", "identity", "collation"]
const SETTINGS: Readonly<Record<string, (value: string | null) => string>> = {
  storage: (value) => `SET STORAGE ${value ?? "DEFAULT"}`,
  compression: (value) => `SET COMPRESSION ${value ?? "default"}`,
  statisticsTarget: (value) => `SET STATISTICS ${value ?? "-1"}`,
}

/** `"a" integer NOT NULL DEFAULT 1`, or the reason why it is not written. */
export function columnText(column: SchemaObject, { relatives }: Context): { readonly text: string } | string {
  const { type, nullability, notNullConstraint, generated, generatedKind, identity, collation } = column.facts
  const others = otherFacts(column, [...SAID, ...Object.keys(SETTINGS)])
  if (others.length > 0) return `column ${column.name} has ${others.join(", ")}`
  if (nullability !== "null" && nullability !== "not null") return `column ${column.name} is ${nullability}`
  // CREATE and ADD COLUMN accept no AS.
  if (String(identity).includes("(AS ")) return `the sequence of column ${column.name} has another type than the column`
  const parts = [
    ident(column.name),
    type,
    collation === null || collation === undefined ? undefined : `COLLATE ${collation}`,
    generated == null ? undefined : `GENERATED ALWAYS AS (${generated}) ${String(generatedKind).toUpperCase()}`,
    identity == null ? undefined : `GENERATED ${identityText(String(identity), relatives.target.sequenceOf(column))}`,
    column.facts.default == null ? undefined : `DEFAULT ${column.facts.default}`,
    nullability === "null" ? undefined : `${notNullConstraint == null ? "" : `CONSTRAINT ${ident(String(notNullConstraint))} `}NOT NULL`,
  ]
  return { text: parts.filter((part) => part !== undefined).join(" ") }
}

/** `always (START 5)` as SQL; with the name of the sequence where the server would choose another one. */
function identityText(identity: string, sequence: SchemaObject | undefined): string {
  const [, when, options] = /^(always|by default)(?: \((.*)\))?$/s.exec(identity) ?? []
  const { schema = null, parent, facts } = sequence ?? {}
  const isUsual = facts === undefined || `${parent!.name}_${sequence!.name.slice(OF_IDENTITY.length)}_seq` === facts.name
  const parts = [
    ...(isUsual ? [] : [`SEQUENCE NAME ${qualified(schema, String(facts.name))}`]),
    ...(options === undefined ? [] : [options]),
  ]
  return `${when!.toUpperCase()} AS IDENTITY${parts.length === 0 ? "" : ` (${parts.join(" ")})`}`
}

/** Properties set on a new column after its definition. */
export function columnSettings(column: SchemaObject): Step[] {
  return Object.entries(SETTINGS).flatMap(([name, clause]) => {
    const value = column.facts[name]
    return value == null ? [] : [step("setting", alter(column, clause(String(value))))]
  })
}

/** To a table that exists: its children get it, too. An inherited one comes with its parent's, and is then given what it has of its own. */
export function addColumn(column: SchemaObject, context: Context): Plan {
  const { relatives } = context
  if (column.inheritedFrom !== undefined) {
    const isMade = relatives.target
      .parentsOf(column)
      .some((each) => relatives.source.parentsOf(each).length === 0 && typeof columnText(each, context) !== "string")
    return isMade ? inheritedColumn(column, context) : "it comes from a parent of its table, which does not get it here"
  }
  const text = columnText(column, context)
  if (typeof text === "string") return text
  return [step("column", `ALTER TABLE ${relationOf(column)} ADD COLUMN ${text.text};`), ...columnSettings(column)]
}

/** What a new child's column, or a new column of a child, does not have from its parent's: set after that one is. */
export function inheritedColumn(column: SchemaObject, context: Context): Plan {
  const [parent] = context.relatives.target.parentsOf(column)
  if (parent === undefined) return "its parent table is not compared"
  const given = Object.fromEntries(Object.keys(column.facts).map((name) => [name, inheritedFact(name, parent)]))
  const aspects = ownFacts(column, parent).map((name) => ({ name, source: given[name] ?? null, target: column.facts[name] ?? null }))
  const plan = changeColumn({ aspects, source: { ...column, facts: given }, target: column }, context)
  return typeof plan === "string" ? `column ${column.name}: ${plan}` : plan.map((each) => ({ ...each, phase: "setting" }))
}

/** A changed column: default, NOT NULL and settings. Another type rewrites every row, by an expression that only the owner of the data knows. */
export function changeColumn(
  { aspects, target, source }: Pick<Difference, "aspects" | "source" | "target">,
  { major, relatives }: Context,
): Plan {
  const column = target!
  const set = (name: string, clause: (value: Fact) => string) =>
    step("column", [alter(column, clause(column.facts[name] ?? null)), ...keptByChildren(column, name, clause, relatives)].join("\n"))
  if (column.facts.generated != null || source!.facts.generated != null) return "make the generated column anew"
  return each(aspects, ({ name, source: before, target: value }): Plan => {
    if (name in SETTINGS) {
      if (name === "storage" && value === null && major < 16) return "set the storage of its type again"
      return [set(name, (fact) => SETTINGS[name]!(fact === null ? null : String(fact)))]
    }
    if (name === "default") return [set(name, (fact) => (fact === null ? "DROP DEFAULT" : `SET DEFAULT ${fact}`))]
    if (name === "nullability")
      return nullability(source!, column, major, () => set(name, (fact) => `${fact === "null" ? "DROP" : "SET"} NOT NULL`))
    if (name === "notNullConstraint") {
      if (aspects.some((each) => each.name === "nullability" && (each.source === "null" || each.target === "null"))) return []
      if (before === null || value === null) return "the constraint comes from a parent table"
      return [step("column", `ALTER TABLE ${relationOf(column)} RENAME CONSTRAINT ${ident(String(before))} TO ${ident(String(value))};`)]
    }
    if (name === "identity" && before !== null && value !== null && optionsOfIdentity(before) === optionsOfIdentity(value))
      return [step("column", alter(column, `SET GENERATED ${String(value).startsWith("always") ? "ALWAYS" : "BY DEFAULT"}`))]
    if (name === "type") return `review: ALTER TABLE ${relationOf(column)} ALTER COLUMN ${ident(column.name)} TYPE ${value} USING (...)`
    return `change its ${name} by hand`
  })
}

/** Since 18 it is a named constraint, which may be not yet validated or NO INHERIT. */
function nullability(
  { facts: { nullability: before, notNullConstraint } }: SchemaObject,
  column: SchemaObject,
  major: number,
  set: () => Step,
): Plan {
  const value = column.facts.nullability
  if (value === "null") return [set()]
  const name = column.facts.notNullConstraint
  if (major < 18 || name == null) return before === "null" && value === "not null" ? [set()] : `it is to be ${value}`
  const relation = `ALTER TABLE ${relationOf(column)}`
  if (before === "null") return [step("column", namedNotNull(column, "ALTER TABLE"))]
  // Renaming it comes after this.
  if (before === "not null not valid" && value === "not null" && notNullConstraint != null)
    return [step("column", `${relation} VALIDATE CONSTRAINT ${ident(String(notNullConstraint))};`)]
  return `it is ${before} and to be ${value}: make that constraint anew`
}

function namedNotNull(column: SchemaObject, alterTable: string): string {
  const { nullability, notNullConstraint } = column.facts
  const more = String(nullability).slice("not null".length).toUpperCase()
  return `${alterTable} ${relationOf(column)} ADD CONSTRAINT ${ident(String(notNullConstraint))} NOT NULL ${ident(column.name)}${more};`
}

/** ALTER TABLE changes the children's columns, too: those that keep their own value get it again. New children are made as they are to be. */
function keptByChildren(
  column: SchemaObject,
  name: string,
  clause: (value: Fact) => string,
  { source, target }: Context["relatives"],
): string[] {
  return source.descendantsOf({ schema: column.schema, name: column.parent!.name }).flatMap((table) => {
    const [before, after] = [source.columnOf(table, column.name), target.columnOf(table, column.name)]
    if (before === undefined || after === undefined || after.facts[name] === column.facts[name] || after.facts.generated != null) return []
    const isNotNull = name === "nullability" && after.facts[name] !== "null"
    // Since 18 the child's own constraint stays.
    if (isNotNull && before.facts.notNullConstraint != null) return []
    if (isNotNull && after.facts.notNullConstraint != null) return [namedNotNull(after, "ALTER TABLE ONLY")]
    // What a partitioned table refuses, its partitions inherit.
    const only = isNotNull && table.facts.partitionBy != null ? "" : "ONLY "
    return [`ALTER TABLE ${only}${relationOf(after)} ALTER COLUMN ${ident(after.name)} ${clause(after.facts[name] ?? null)};`]
  })
}

function optionsOfIdentity(identity: unknown): string {
  return String(identity).replace(/^always|^by default/, "")
}

function alter(column: SchemaObject, clause: string): string {
  return `ALTER TABLE ${relationOf(column)} ALTER COLUMN ${ident(column.name)} ${clause};`
}
