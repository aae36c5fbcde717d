import { quoteLiteral } from "@pgsd/driver"
import type { SchemaObject } from "../model/catalog.ts"
import type { Aspect, Difference } from "../model/difference.ts"
import { changeColumn } from "./columns.ts"
import type { Context } from "./context.ts"
import { createPlan, enabledPlan, sequenceText, viewText } from "./create.ts"
import { changePublication, eventTriggerEnabled } from "./database.ts"
import { namedObject } from "./named.ts"
import { settingPlan, settingsOf } from "./settings.ts"
import { each, ident, listOf, nameKey, type Plan, qualified, relationOf, routineKey, step, together } from "./steps.ts"
import { changeTable, identity, settings } from "./tables.ts"

/** Changes an object that both sides have. */
export function changePlan(difference: Difference, context: Context): Plan {
  const { aspects, source, target } = difference
  const set = settingsOf(target!)
  if (!aspects.some(({ name }) => set.includes(name))) return changeDefinition(difference, context)
  const others = aspects.filter(({ name }) => !set.includes(name))
  const dependencies = aspects.find(({ name }) => name === "dependsOnExtensions")
  if (
    context.major < 13 &&
    dependencies !== undefined &&
    listOf(dependencies.source).some((each) => !listOf(dependencies.target!).includes(each))
  )
    return "needs PostgreSQL 13: NO DEPENDS ON EXTENSION"
  // A recreated object has its settings.
  if (others.some(({ name }) => name !== "enabled")) return `change its ${aspects.map(({ name }) => name).join(", ")} by hand`
  const plan = settingPlan(target!, set, source!.facts)
  return others.length === 0 ? plan : together(changeDefinition({ ...difference, aspects: others }, context), plan)
}

function changeDefinition(difference: Difference, context: Context): Plan {
  const { kind, aspects, target } = difference
  switch (kind) {
    case "extension":
      return each(aspects, (aspect) => changeExtension(target!, aspect, context))
    case "enum":
      return addLabels(difference)
    case "sequence":
      return changeSequence(difference)
    case "table":
      return changeTable(difference)
    case "column":
      return changeColumn(difference, context)
    case "view":
      return changeView(difference, context)
    case "function":
    case "procedure":
      return changeRoutine(difference)
    case "publication":
      return changePublication(target!, aspects, context.major)
    case "event_trigger":
      return changeEventTrigger(difference)
    case "constraint":
    case "index":
    case "statistics":
    case "policy":
      return recreated(difference, context)
    case "trigger":
    case "rule":
      return aspects.every(({ name }) => name === "enabled")
        ? each(aspects, (aspect) => enabledPlan(target!, aspect.target, aspect.source))
        : recreated(difference, context)
    default:
      return "change it by hand"
  }
}

function changeEventTrigger({ aspects, target }: Difference): Plan {
  if (aspects.some(({ name }) => name !== "enabled")) return "make it anew: its owner and comment go with it"
  return eventTriggerEnabled(target!.name, target!.facts.enabled ?? null)
}

function changeExtension({ name }: SchemaObject, { name: fact, source, target }: Aspect, { major, targetMajor }: Context): Plan {
  const extension = `ALTER EXTENSION ${ident(name)}`
  if (fact === "version" && (major !== targetMajor || !isLater(String(target), String(source))))
    return `its server may not lead to that version: ${extension} UPDATE`
  if (fact === "version") return [step("extension", `${extension} UPDATE TO ${quoteLiteral(String(target))};`)]
  return fact === "schema" ? [step("extension", `${extension} SET SCHEMA ${ident(String(target))};`)] : `change its ${fact} by hand`
}

/** Extensions have scripts from earlier versions to later ones. */
function isLater(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) > 0
}

/** New labels in their positions. Removed or reordered labels need a new type. */
function addLabels({ source, target, aspects }: Difference): Plan {
  const [before, after] = [source, target].map((side) => listOf(side!.facts.labels))
  const kept = after!.filter((label) => before!.includes(label))
  if (aspects.some(({ name }) => name !== "labels") || JSON.stringify(kept) !== JSON.stringify(before))
    return "labels go or change their order: make a new type, and move the columns to it"
  const type = qualified(target!.schema, target!.name)
  return after!.flatMap((label, at) => {
    if (before!.includes(label)) return []
    const next = after!.slice(at + 1).find((each) => before!.includes(each))
    // One after another, each before the same old label.
    const place = next === undefined ? "" : ` BEFORE ${quoteLiteral(next)}`
    return [step("before", `ALTER TYPE ${type} ADD VALUE ${quoteLiteral(label)}${place};`)]
  })
}

function changeSequence({ aspects, source, target }: Difference): Plan {
  const { facts, schema, name } = target!
  // Of an identity column.
  if (aspects.length === 1 && aspects[0]!.name === "name")
    return [step("sequence", `ALTER SEQUENCE ${qualified(schema, String(source!.facts.name))} RENAME TO ${ident(String(facts.name))};`)]
  const [low, high] = [aspects.find((each) => each.name === "minimum"), aspects.find((each) => each.name === "maximum")]
  if (
    (low !== undefined && BigInt(String(low.target)) > BigInt(String(low.source))) ||
    (high !== undefined && BigInt(String(high.target)) < BigInt(String(high.source)))
  )
    return "where it stands may be outside of the new bounds: ALTER SEQUENCE with RESTART"
  const known = ["type", "start", "increment", "minimum", "maximum", "cache", "cycle"]
  const other = aspects.find(({ name }) => !known.includes(name))
  if (other !== undefined) return `change its ${other.name} by hand`
  return [step("sequence", `ALTER SEQUENCE ${qualified(schema, name)} AS ${facts.type} ${sequenceText(facts)};`)]
}

function changeView({ aspects, target, source }: Difference, { columnsOf }: Context): Plan {
  const view = target!
  const name = qualified(view.schema, view.name)
  if (aspects.every((aspect) => aspect.name === "options"))
    return each(aspects, (aspect) => settings("VIEW", name, aspect.source, aspect.target))
  const before = [...(columnsOf.source(source!.schema!, source!.name) ?? [])]
  const after = [...(columnsOf.target(view.schema!, view.name) ?? [])]
  if (before.some(([column, type], at) => column !== after[at]?.[0] || type !== after[at]?.[1]))
    return "its columns change: drop it, with what depends on it, and make it anew"
  return [step("view", viewText(view, "CREATE OR REPLACE VIEW"), { makes: [nameKey(view.schema, view.name)] })]
}

/** CREATE OR REPLACE keeps dependent objects, and requires the same arguments and result. */
function changeRoutine({ source, target, aspects }: Difference): Plan {
  const [before, after] = [source, target].map((side) => side!.facts.definition)
  if (typeof before !== "string" || typeof after !== "string" || aspects.some(({ name }) => name !== "definition"))
    return "change it by hand"
  if (Object.keys(target!.facts).some((name) => name.startsWith("setting "))) return "it has settings whose values are hidden"
  if (headOf(before) !== headOf(after)) return "its arguments or its result change: drop it, with what depends on it, and make it anew"
  return [step("function", `${after};`, { makes: [routineKey(target!.schema, target!.name)] })]
}

function headOf(definition: string): string {
  return definition.split(/\n LANGUAGE /)[0]!
}

/** Dropped and recreated in one step: it contains no data. Keys are left alone, because foreign keys may need them. */
function recreated({ kind, source, target, aspects }: Difference, context: Context): Plan {
  const { relatives } = context
  const object = target!
  if (kind === "constraint" && !/^(CHECK|FOREIGN KEY|EXCLUDE)/.test(String(source!.facts.definition)))
    return "a key changes: make the new one, then move the foreign keys that use it"
  if (kind === "constraint" && object.parent?.kind !== "table") return "change it by hand"
  if (aspects.some(({ name }) => name !== "definition" && name !== "enabled") && kind !== "policy")
    return `change its ${aspects.map(({ name }) => name).join(", ")} by hand`
  if (INHERITED.includes(kind) && relatives.source.childHasOwn(source!))
    return "a partition or child has properties of its own for what it inherits of it: they would be lost"
  if (kind === "index" && relatives.source.foreignKeysOn(source!).length > 0)
    return "a foreign key may need it: make the new one by another name, then move the foreign key"
  const named = namedObject(object)
  // Owner, comment and privileges are not part of the definition.
  const { comment, grants: _, owner: __, ...bare } = object
  const [made, ...rest] = asSteps(createPlan({ ...bare, ...(comment !== undefined && { comment }) }, [], context))
  if (made === undefined || named === undefined) return "change it by hand"
  const drop = kind === "constraint" ? `ALTER TABLE ${relationOf(object)} DROP CONSTRAINT ${ident(object.name)};` : `DROP ${named};`
  const marked = kind === "index" ? identityText(object, relatives.target.tableOf(object)) : ""
  return together([step(made.phase, `${drop}\n${made.sql}${marked}`), ...rest])
}

/** What a partition or a child of the table inherits. */
const INHERITED: readonly SchemaObject["kind"][] = ["constraint", "index", "trigger"]

/** Dropping the index that is a table's replica identity leaves the table without one. */
function identityText(index: SchemaObject, table: SchemaObject | undefined): string {
  const fact = table?.facts.replicaIdentity
  if (fact !== `index ${index.name}` && fact !== `index ${ident(index.name)}`) return ""
  return identity(relationOf(index), null, fact)
    .map(({ sql }) => `\n${sql}`)
    .join("")
}

function asSteps(plan: Plan) {
  return typeof plan === "string" ? [] : plan
}
