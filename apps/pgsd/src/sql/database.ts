import { quoteLiteral } from "@pgsd/driver"
import type { Fact, SchemaObject } from "../model/catalog.ts"
import { ENABLE, each, ident, listOf, type Plan, step } from "./steps.ts"

/** Last: it would fire for later statements. */
export function eventTriggerPlan({ name, facts }: SchemaObject): Plan {
  const tags = listOf(facts.tags).map(quoteLiteral)
  const when = tags.length === 0 ? "" : ` WHEN TAG IN (${tags.join(", ")})`
  const made = `CREATE EVENT TRIGGER ${ident(name)} ON ${facts.event}${when} EXECUTE FUNCTION ${facts.function}();`
  return [step("event trigger", made), ...(facts.enabled === "enabled" ? [] : eventTriggerEnabled(name, facts.enabled ?? null))]
}

export function eventTriggerEnabled(name: string, to: Fact) {
  return [step("event trigger", `ALTER EVENT TRIGGER ${ident(name)} ${ENABLE[String(to)]};`)]
}

const TABLE = "table "
const FILTER = "filter of "

export function publicationPlan({ name, facts }: SchemaObject, major: number): Plan {
  const tables = Object.entries(facts).filter(([fact, value]) => fact.startsWith(TABLE) && value !== null)
  const members = tables.map(([fact, columns]) => memberText(fact.slice(TABLE.length), columns, facts))
  const schemas = listOf(facts.schemas)
  const objects = [
    ...(members.length === 0 ? [] : [`TABLE ${members.join(", ")}`]),
    ...(schemas.length === 0 ? [] : [`TABLES IN SCHEMA ${schemas.join(", ")}`]),
  ]
  const of = facts.allTables === "yes" ? " FOR ALL TABLES" : objects.length === 0 ? "" : ` FOR ${objects.join(", ")}`
  return [step("publication", `CREATE PUBLICATION ${ident(name)}${of} WITH (${optionsOf(facts, major).join(", ")});`)]
}

// Without ONLY, the children of a table are included; each published one is listed separately.
function memberText(table: string, columns: Fact, facts: SchemaObject["facts"]): string {
  const filter = facts[`${FILTER}${table}`]
  const list = Array.isArray(columns) ? ` (${columns.join(", ")})` : ""
  return `ONLY ${table}${list}${filter == null ? "" : ` WHERE (${filter})`}`
}

function optionsOf({ publishes, viaRoot, generatedColumns }: SchemaObject["facts"], major: number): string[] {
  return [
    `publish = ${quoteLiteral(listOf(publishes).join(", "))}`,
    ...(viaRoot === "yes" ? ["publish_via_partition_root = true"] : []),
    ...(generatedColumns != null && major >= 18 ? [`publish_generated_columns = ${generatedColumns}`] : []),
  ]
}

/** What can be changed in place on a publication, for its subscribers. */
export function changePublication({ name, facts }: SchemaObject, aspects: readonly { readonly name: string }[], major: number): Plan {
  return each(aspects, (aspect): Plan => {
    if (aspect.name !== "publishes" && aspect.name !== "viaRoot") return "ALTER PUBLICATION by hand: who subscribes to it has to refresh"
    const viaRoot = `publish_via_partition_root = ${facts.viaRoot === "yes"}`
    const option = aspect.name === "viaRoot" ? viaRoot : optionsOf(facts, major)[0]
    return [step("publication", `ALTER PUBLICATION ${ident(name)} SET (${option});`)]
  })
}
