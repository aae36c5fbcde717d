import type { ObjectKind } from "../model/catalog.ts"

const KIND_WORDS: Readonly<Record<ObjectKind, readonly [one: string, many: string]>> = {
  schema: ["schema", "schemas"],
  extension: ["extension", "extensions"],
  enum: ["enum", "enums"],
  domain: ["domain", "domains"],
  composite_type: ["composite type", "composite types"],
  range_type: ["range type", "range types"],
  sequence: ["sequence", "sequences"],
  table: ["table", "tables"],
  foreign_table: ["foreign table", "foreign tables"],
  view: ["view", "views"],
  materialized_view: ["materialized view", "materialized views"],
  column: ["column", "columns"],
  constraint: ["constraint", "constraints"],
  index: ["index", "indexes"],
  trigger: ["trigger", "triggers"],
  rule: ["rule", "rules"],
  policy: ["policy", "policies"],
  function: ["function", "functions"],
  procedure: ["procedure", "procedures"],
}

export function kindWord(kind: ObjectKind): string {
  return KIND_WORDS[kind][0]
}

/** `1 table`, `3 tables`. */
export function countOf(count: number, kind: ObjectKind): string {
  return `${count} ${KIND_WORDS[kind][count === 1 ? 0 : 1]}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`
}

/** `rowSecurity` as `row security`. */
export function factLabel(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
