import { quoteLiteral } from "@pgsd/driver"
import type { Fact, SchemaObject } from "../model/catalog.ts"
import { attachedPlans } from "./attached.ts"
import { addColumn, changeColumn, inheritedColumn } from "./columns.ts"
import type { Context } from "./context.ts"
import { eventTriggerPlan, publicationPlan } from "./database.ts"
import { namesIn } from "./order.ts"
import { isForeignKey } from "./relatives.ts"
import { settingPlan, settingsOf } from "./settings.ts"
import {
  ENABLE,
  ident,
  listOf,
  nameKey,
  otherFacts,
  type Phase,
  type Plan,
  qualified,
  relationOf,
  routineKey,
  step,
  together,
} from "./steps.ts"
import { createTable, optionsOf } from "./tables.ts"
import { typePlan } from "./types.ts"

/** Creates an object that only the target has, with its parts. */
export function createPlan(object: SchemaObject, contents: readonly SchemaObject[], context: Context): Plan {
  const parts = contents.filter(({ kind }) => object.kind !== "table" || kind !== "column")
  const columns = contents.filter((part) => !parts.includes(part))
  return together(
    object.kind === "table" ? createTable(object, contents, context) : ownPlan(object, context),
    ...attachedPlans(object, context),
    ...parts.map((part) => createPlan(part, [], context)),
    ...columns.filter(({ inheritedFrom }) => inheritedFrom !== undefined).map((column) => inheritedColumn(column, context)),
    ...columns.flatMap((column) => [...attachedPlans(column, context), sequenceGrants(column, context)]),
  )
}

/** The sequence of a new identity column gets default privileges, too. Where it has a comment or privileges, it is an object of its own. */
function sequenceGrants(column: SchemaObject, context: Context): Plan {
  const sequence = column.facts.identity == null ? undefined : context.relatives.target.sequenceOf(column)
  const isOther = sequence === undefined || sequence.comment !== undefined || sequence.grants !== undefined
  return isOther ? [] : together(...attachedPlans(sequence, context))
}

/** What exists with its parent, and has been given more than that. */
function impliedPlan(object: SchemaObject, context: Context): Plan {
  const { kind, facts } = object
  if (kind !== "column") return []
  const aspects = Object.entries(facts).flatMap(([name, target]) => (target === null ? [] : [{ name, source: null, target }]))
  const plan = changeColumn({ aspects, source: { ...object, facts: {} }, target: object }, context)
  return typeof plan === "string" ? plan : plan.map((each) => ({ ...each, phase: "setting" }))
}

function ownPlan(object: SchemaObject, context: Context): Plan {
  const { kind, schema, name, facts, implied } = object
  const { major } = context
  if (implied === true) return impliedPlan(object, context)
  switch (kind) {
    case "schema":
      return [step("schema", `CREATE SCHEMA ${ident(name)};`, { makes: [nameKey(null, name)] })]
    case "extension":
      return [step("extension", extensionText(object, context))]
    case "enum":
    case "composite_type":
    case "domain":
    case "range_type":
    case "collation":
    case "text_search_configuration":
      return typePlan(object, major)
    case "sequence":
      return sequencePlan(object, major)
    case "column":
      return together(addColumn(object, context), sequenceGrants(object, context))
    case "view":
    case "materialized_view":
      return viewPlan(object)
    case "function":
    case "procedure":
      return simple(object, ["definition"], "function", `${facts.definition};`, { makes: [routineKey(schema, name)] })
    case "constraint":
      return constraintPlan(object)
    case "index":
      return simple(object, ["definition"], kind, `${String(facts.definition).replace(ONLY_PARENT, "$1")};`)
    case "statistics":
      return simple(object, ["definition"], kind, `${facts.definition};`)
    case "trigger":
    case "rule":
      return together(
        simple(object, ["definition", "enabled"], kind, `${String(facts.definition).replace(/;$/, "")};`),
        enabledPlan(object, facts.enabled ?? null, "enabled"),
      )
    case "policy":
      return [step("policy", policyText(object))]
    case "event_trigger":
      return eventTriggerPlan(object)
    case "publication":
      return publicationPlan(object, major)
    default:
      return "make it by hand"
  }
}

/** Its version is certain to be available to a server of the same major alone. */
function extensionText({ name, facts }: SchemaObject, { major, targetMajor }: Context): string {
  const made = `CREATE EXTENSION ${ident(name)} SCHEMA ${ident(String(facts.schema))}`
  return facts.version != null && major === targetMajor ? `${made} VERSION ${quoteLiteral(String(facts.version))};` : `${made};`
}

// The server prints ONLY for an index of a partitioned table, which would leave it without its partitions' indexes, and so invalid.
const ONLY_PARENT = /^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|[^ "]+) ON )ONLY /

/** An object whose whole definition the server prints. */
function simple(object: SchemaObject, known: readonly string[], phase: Phase, sql: string, more = {}): Plan {
  if (typeof object.facts.definition !== "string") return "its definition could not be read"
  const set = settingsOf(object)
  const others = otherFacts(object, [...known, ...set])
  return others.length > 0 ? `it has ${others.join(", ")}` : together([step(phase, sql, more)], settingPlan(object, set))
}

function constraintPlan(object: SchemaObject): Plan {
  const { name, facts, parent } = object
  if (parent?.kind !== "table") return "make it by hand"
  const phase = isForeignKey(object) ? "foreign key" : "key"
  return simple(object, ["definition"], phase, `ALTER TABLE ${relationOf(object)} ADD CONSTRAINT ${ident(name)} ${facts.definition};`)
}

/** Before 15 no sequence is unlogged, not even one of an unlogged table. */
function sequencePlan({ schema, parent, name, facts }: SchemaObject, major: number): Plan {
  const own = qualified(schema, name)
  const owner = facts.ownedBy
  // The table's name is known, the rest is the column's.
  const owned =
    owner == null || parent === undefined
      ? []
      : [
          step(
            "setting",
            `ALTER SEQUENCE ${own} OWNED BY ${relationOf({ schema, parent })}.${ident(String(owner).slice(parent.name.length + 1))};`,
          ),
        ]
  return [
    step(
      "sequence",
      `CREATE ${facts.persistence === "unlogged" && major >= 15 ? "UNLOGGED " : ""}SEQUENCE ${own} AS ${facts.type} ${sequenceText(facts)};`,
      { makes: [nameKey(schema, name)] },
    ),
    ...owned,
  ]
}

export function sequenceText(facts: SchemaObject["facts"]): string {
  const { increment, minimum, maximum, start, cache, cycle } = facts
  return `INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START ${start} CACHE ${cache} ${cycle === "yes" ? "CYCLE" : "NO CYCLE"}`
}

function viewPlan(view: SchemaObject): Plan {
  const { kind, schema, name, facts } = view
  const others = otherFacts(view, ["definition", "options"])
  if (others.length > 0) return `it has ${others.join(", ")}`
  if (typeof facts.definition !== "string") return "its definition could not be read"
  if (namesIn(facts.definition).has(nameKey(schema, name))) return "it reads from itself: make it with another definition first"
  return [step("view", viewText(view, kind === "view" ? "CREATE VIEW" : "CREATE MATERIALIZED VIEW"), { makes: [nameKey(schema, name)] })]
}

export function viewText(view: SchemaObject, clause: string): string {
  const options = optionsOf(view)
  const withOptions = options.length === 0 ? "" : ` WITH (${options.join(", ")})`
  return `${clause} ${qualified(view.schema, view.name)}${withOptions} AS\n${String(view.facts.definition).replace(/;\s*$/, "")};`
}

function policyText(policy: SchemaObject): string {
  const { mode, for: command, to, using, withCheck } = policy.facts
  const parts = [
    `CREATE POLICY ${ident(policy.name)} ON ${relationOf(policy)} AS ${String(mode).toUpperCase()} FOR ${String(command).toUpperCase()} TO ${listOf(to).join(", ")}`,
    using == null ? undefined : `USING (${using})`,
    withCheck == null ? undefined : `WITH CHECK (${withCheck})`,
  ]
  return `${parts.filter((part) => part !== undefined).join(" ")};`
}

/** Of a trigger or rule: when it fires. */
export function enabledPlan(object: SchemaObject, to: Fact, from: Fact): Plan {
  if (to === from) return []
  const clause = ENABLE[String(to)]
  if (clause === undefined || object.parent?.kind === "foreign_table") return `it is ${String(to)}`
  return [step("setting", `ALTER TABLE ${relationOf(object)} ${clause} ${object.kind.toUpperCase()} ${ident(object.name)};`)]
}
