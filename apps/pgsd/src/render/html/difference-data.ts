import type { Fact, SchemaObject } from "../../model/catalog.ts"
import type { Aspect, Difference } from "../../model/difference.ts"
import { titleOf, UNLABELLED } from "../difference-lines.ts"
import { grouped, type ObjectGroup } from "../groups.ts"
import { factLabel, kindLabel } from "../labels.ts"
import { factText, partSummaryOf } from "../object-line.ts"
import { printable } from "../printable.ts"
import { factRows } from "./fact-rows.ts"
import type { DifferenceData, FactData, ObjectData, SchemaData } from "./page-data.ts"

export function schemasData(differences: readonly Difference[]): SchemaData[] {
  return grouped(differences).map(({ schema, objects }) => ({
    title: schema === null ? "database" : `schema ${printable(schema)}`,
    objects: objects.map(objectData),
  }))
}

function objectData({ kind, name, own, inside }: ObjectGroup): ObjectData {
  return {
    kind: kindLabel(kind),
    name: printable(name),
    change: own.length === 1 ? own[0]!.change : "changed",
    differences: [...own, ...inside].map(differenceData),
  }
}

function differenceData(difference: Difference): DifferenceData {
  const { change, kind, contents, note } = difference
  return {
    change,
    kind,
    title: titleOf(difference),
    ...(change === "changed" ? changedFacts(difference) : { facts: wholeFacts(difference), same: [] }),
    contents: contents.map((each) => [titleOf(each), partSummaryOf(each)] as const),
    ...(note !== undefined && { note }),
  }
}

function changedFacts({ aspects, source, target }: Difference): Pick<DifferenceData, "facts" | "same"> {
  const changed = new Set(aspects.map(({ name }) => name))
  return {
    facts: factsData(aspects),
    same: Object.entries((target ?? source)?.facts ?? {})
      .filter(([name, fact]) => fact !== null && !changed.has(name))
      .map(([name, fact]) => [factLabel(name), factText(fact)] as const),
  }
}

/** All facts of an object that only one side has. */
function wholeFacts({ source, target }: Difference): FactData[] {
  const facts = Object.entries(everythingOf((target ?? source)!)).filter(([, fact]) => fact !== null)
  return factsData(
    facts.map(([name, fact]) => ({ name, source: source === undefined ? null : fact, target: target === undefined ? null : fact })),
  )
}

function everythingOf({ facts, owner, comment, grants = {} }: SchemaObject): Record<string, Fact> {
  const granted = Object.entries(grants).map(([grantee, privileges]) => `${grantee}: ${privileges.join(", ")}`)
  return {
    ...facts,
    ...(owner !== undefined && { owner }),
    ...(comment !== undefined && { comment }),
    ...(granted.length > 0 && { grants: granted }),
  }
}

// A definition or an owner alone needs no label.
function factsData(aspects: readonly Aspect[]): FactData[] {
  return aspects.map(({ name, source, target }) => ({
    label: aspects.length === 1 && UNLABELLED.includes(name) ? "" : factLabel(name),
    rows: factRows(source, target),
  }))
}
