import { type KindCount, OBJECT_KINDS, type ObjectKind } from "../model/catalog.ts"
import type { Aspect, Change, Comparison, Difference } from "../model/difference.ts"
import { countOf, factLabel, listed } from "./labels.ts"
import { factText } from "./object-line.ts"
import { printable } from "./printable.ts"

const LABELS: readonly (readonly [Change, string])[] = [
  ["removed", "only in source"],
  ["added", "only in target"],
  ["changed", "changed"],
]

/** `5 differences: 1 index only in source; 1 table and 2 columns only in target; 1 column changed`. */
export function summaryLine({ differences, compared }: Comparison): string {
  if (differences.length === 0) return `No differences: ${listed(counts(compared)) || "nothing"} compared.`
  const parts = LABELS.flatMap(([change, label]) => {
    const chosen = counts(countKinds(differences.filter((difference) => difference.change === change)))
    return chosen.length === 0 ? [] : [`${listed(chosen)} ${label}`]
  })
  return `${differences.length} difference${differences.length === 1 ? "" : "s"}: ${parts.join("; ")}.`
}

/** `Not compared: functions (2 in source, 3 in target), triggers (1 in target).`; undefined when everything was. */
export function notComparedLine(source: readonly KindCount[], target: readonly KindCount[]): string | undefined {
  const kinds = [...new Set([...source, ...target].map(({ kind }) => kind))]
  if (kinds.length === 0) return undefined
  const side = (counts: readonly KindCount[], kind: string, label: string) => {
    const found = counts.find((each) => each.kind === kind)
    return found === undefined ? [] : [`${found.count} in ${label}`]
  }
  return `Not compared: ${listed(kinds.map((kind) => `${printable(kind)} (${[...side(source, kind, "source"), ...side(target, kind, "target")].join(", ")})`))}.`
}

/** Undefined when the databases themselves are equal. */
export function environmentLine(environment: readonly Aspect[]): string | undefined {
  if (environment.length === 0) return undefined
  const parts = environment.map(({ name, source, target }) => `${factLabel(name)} ${factText(source)} → ${factText(target)}`)
  return `The databases themselves differ, which is no difference of the schema: ${parts.join(", ")}.`
}

function counts(kinds: Readonly<Partial<Record<ObjectKind, number>>>): string[] {
  return OBJECT_KINDS.flatMap((kind) => (kinds[kind] === undefined ? [] : [countOf(kinds[kind], kind)]))
}

function countKinds(differences: readonly Difference[]): Partial<Record<ObjectKind, number>> {
  const found: Partial<Record<ObjectKind, number>> = {}
  for (const { kind } of differences) found[kind] = (found[kind] ?? 0) + 1
  return found
}
