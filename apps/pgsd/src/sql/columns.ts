import type { SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { each, ident, otherFacts, type Plan, relationOf, type Step, step } from "./steps.ts"

const SAID = ["type", "nullability", "notNullConstraint", "default", "generated", "generatedKind", "identity", "collation"]
const SETTINGS: Readonly<Record<string, (value: string | null) => string>> = {
  storage: (value) => `SET STORAGE ${value ?? "DEFAULT"}`,
  compression: (value) => `SET COMPRESSION ${value ?? "default"}`,
  statisticsTarget: (value) => `SET STATISTICS ${value ?? "-1"}`,
}

/** `"a" integer NOT NULL DEFAULT 1`, or the reason why it is not written. */
export function columnText(column: SchemaObject, major: number): { readonly text: string } | string {
  const { type, nullability, notNullConstraint, generated, generatedKind, identity, collation } = column.facts
  const others = otherFacts(column, [...SAID, ...Object.keys(SETTINGS)])
  if (others.length > 0) return `column ${column.name} has ${others.join(", ")}`
  if (nullability !== "null" && nullability !== "not null") return `column ${column.name} is ${nullability}`
  // CREATE and ADD COLUMN accept no AS.
  if (String(identity).includes("(AS ")) return `the sequence of column ${column.name} has another type than the column`
  if (generatedKind === "virtual" && major < 18) return "virtual columns need PostgreSQL 18"
  const parts = [
    ident(column.name),
    type,
    collation === null || collation === undefined ? undefined : `COLLATE ${collation}`,
    generated == null ? undefined : `GENERATED ALWAYS AS (${generated}) ${String(generatedKind).toUpperCase()}`,
    identity == null
      ? undefined
      : `GENERATED ${String(identity).replace(/^always|^by default/, (word) => `${word.toUpperCase()} AS IDENTITY`)}`,
    column.facts.default == null ? undefined : `DEFAULT ${column.facts.default}`,
    nullability === "null" ? undefined : `${notNullConstraint == null ? "" : `CONSTRAINT ${ident(String(notNullConstraint))} `}NOT NULL`,
  ]
  return { text: parts.filter((part) => part !== undefined).join(" ") }
}

/** Properties set on a new column after its definition. */
export function columnSettings(column: SchemaObject): Step[] {
  return Object.entries(SETTINGS).flatMap(([name, clause]) => {
    const value = column.facts[name]
    return value == null ? [] : [step("setting", alter(column, clause(String(value))))]
  })
}

export function addColumn(column: SchemaObject, major: number): Plan {
  const text = columnText(column, major)
  if (typeof text === "string") return text
  return [step("column", `ALTER TABLE ${relationOf(column)} ADD COLUMN ${text.text};`), ...columnSettings(column)]
}

/** A changed column: default, NOT NULL and settings. Another type rewrites every row, by an expression that only the owner of the data knows. */
export function changeColumn({ aspects, target, source }: Difference, major: number): Plan {
  const column = target!
  if (column.facts.generated != null || source!.facts.generated != null) return "make the generated column anew"
  return each(aspects, ({ name, source: before, target: value }): Plan => {
    if (name in SETTINGS) {
      if (name === "storage" && value === null && major < 16) return "set the storage of its type again"
      return [step("column", alter(column, SETTINGS[name]!(value === null ? null : String(value))))]
    }
    if (name === "default") return [step("column", alter(column, value === null ? "DROP DEFAULT" : `SET DEFAULT ${value}`))]
    if (name === "nullability") return nullability(source!, column, major)
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
function nullability({ facts: { nullability: before, notNullConstraint } }: SchemaObject, column: SchemaObject, major: number): Plan {
  const value = column.facts.nullability
  if (value === "null") return [step("column", alter(column, "DROP NOT NULL"))]
  const name = column.facts.notNullConstraint
  if (major < 18 || name == null)
    return before === "null" && value === "not null" ? [step("column", alter(column, "SET NOT NULL"))] : `it is to be ${value}`
  const relation = `ALTER TABLE ${relationOf(column)}`
  if (before === "null") {
    const more = String(value).slice("not null".length).toUpperCase()
    return [step("column", `${relation} ADD CONSTRAINT ${ident(String(name))} NOT NULL ${ident(column.name)}${more};`)]
  }
  // Renaming it comes after this.
  if (before === "not null not valid" && value === "not null" && notNullConstraint != null)
    return [step("column", `${relation} VALIDATE CONSTRAINT ${ident(String(notNullConstraint))};`)]
  return `it is ${before} and to be ${value}: make that constraint anew`
}

function optionsOfIdentity(identity: unknown): string {
  return String(identity).replace(/^always|^by default/, "")
}

function alter(column: SchemaObject, clause: string): string {
  return `ALTER TABLE ${relationOf(column)} ALTER COLUMN ${ident(column.name)} ${clause};`
}
