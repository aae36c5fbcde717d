import type { Facts, SchemaObject } from "../model/catalog.ts"
import { namedObject } from "./named.ts"
import { each, ident, listOf, type Plan, qualified, relationOf, type Step, step } from "./steps.ts"
import { settings } from "./tables.ts"

type Setting = (object: SchemaObject, from: Facts, to: Facts) => Plan

/** Properties set by separate statements after creation: of indexes, keys, statistics objects, functions, triggers. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  clustered: (object, _, { clustered }) => [clustering(object, clustered === "yes")],
  dependsOnExtensions: (object, from, to) => dependencies(object, from, to),
  indexOptions: (object, from, to) => settings("INDEX", indexOf(object), from.indexOptions ?? null, to.indexOptions ?? null),
  statisticsTarget: (object, _, { statisticsTarget }) => [
    step("setting", `ALTER STATISTICS ${indexOf(object)} SET STATISTICS ${statisticsTarget ?? "-1"};`),
  ],
  statisticsTargets: (object, from, to) => targets(object, from, to),
  tablespace: (object, _, { tablespace }) =>
    tablespace == null
      ? "set the tablespace of the database"
      : [step("setting", `ALTER INDEX ${indexOf(object)} SET TABLESPACE ${ident(String(tablespace))};`)],
}

const OF_KIND: Readonly<Partial<Record<SchemaObject["kind"], readonly string[]>>> = {
  constraint: ["clustered", "dependsOnExtensions", "indexOptions", "statisticsTargets", "tablespace"],
  function: ["dependsOnExtensions"],
  index: ["clustered", "dependsOnExtensions", "statisticsTargets", "tablespace"],
  procedure: ["dependsOnExtensions"],
  statistics: ["statisticsTarget"],
  trigger: ["dependsOnExtensions"],
}

/** The names of these facts. */
export function settingsOf({ kind }: Pick<SchemaObject, "kind">): readonly string[] {
  return OF_KIND[kind] ?? []
}

/** Sets these facts; without `from`, on a new object. */
export function settingPlan(object: SchemaObject, names: readonly string[], from: Facts = {}): Plan {
  const { facts } = object
  const changed = settingsOf(object).filter(
    (name) => names.includes(name) && JSON.stringify(from[name] ?? null) !== JSON.stringify(facts[name] ?? null),
  )
  return each(changed, (name) => SETTINGS[name]!(object, from, facts))
}

// The index of a key has the key's name.
function indexOf({ schema, name }: SchemaObject): string {
  return qualified(schema, name)
}

// A table is clustered on one index at most: the former one is reset first.
function clustering(object: SchemaObject, on: boolean): Step {
  const relation = `ALTER ${object.parent?.kind === "materialized_view" ? "MATERIALIZED VIEW" : "TABLE"} ${relationOf(object)}`
  return on ? step("setting", `${relation} CLUSTER ON ${ident(object.name)};`) : step("before settings", `${relation} SET WITHOUT CLUSTER;`)
}

function dependencies(object: SchemaObject, from: Facts, to: Facts): Plan {
  const named = object.kind === "constraint" ? `INDEX ${indexOf(object)}` : namedObject(object)
  if (named === undefined) return "ALTER … DEPENDS ON EXTENSION by hand"
  const [before, after] = [listOf(from.dependsOnExtensions), listOf(to.dependsOnExtensions)]
  const alter = (clause: string) => (extension: string) => step("setting", `ALTER ${named} ${clause}DEPENDS ON EXTENSION ${extension};`)
  return [
    ...before.filter((each) => !after.includes(each)).map(alter("NO ")),
    ...after.filter((each) => !before.includes(each)).map(alter("")),
  ]
}

/** `column 2: 500` */
function targets(object: SchemaObject, from: Facts, to: Facts): Step[] {
  const [before, after] = [from, to].map(
    (facts) => new Map(listOf(facts.statisticsTargets).map((each) => each.slice("column ".length).split(": ")) as [string, string][]),
  )
  const columns = new Set([...before!.keys(), ...after!.keys()])
  return [...columns].flatMap((column) =>
    before!.get(column) === after!.get(column)
      ? []
      : [step("setting", `ALTER INDEX ${indexOf(object)} ALTER COLUMN ${column} SET STATISTICS ${after!.get(column) ?? "-1"};`)],
  )
}
