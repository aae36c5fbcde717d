import type { ObjectKind } from "../model/catalog.ts"
import { printable } from "./printable.ts"

const KIND_LABELS: Readonly<Record<ObjectKind, readonly [one: string, many: string]>> = {
  database: ["database", "databases"],
  database_setting: ["database setting", "database settings"],
  schema: ["schema", "schemas"],
  extension: ["extension", "extensions"],
  access_method: ["access method", "access methods"],
  language: ["language", "languages"],
  foreign_data_wrapper: ["foreign-data wrapper", "foreign-data wrappers"],
  foreign_server: ["foreign server", "foreign servers"],
  user_mapping: ["user mapping", "user mappings"],
  collation: ["collation", "collations"],
  conversion: ["conversion", "conversions"],
  enum: ["enum", "enums"],
  domain: ["domain", "domains"],
  composite_type: ["composite type", "composite types"],
  range_type: ["range type", "range types"],
  base_type: ["base type", "base types"],
  sequence: ["sequence", "sequences"],
  table: ["table", "tables"],
  foreign_table: ["foreign table", "foreign tables"],
  view: ["view", "views"],
  materialized_view: ["materialized view", "materialized views"],
  column: ["column", "columns"],
  constraint: ["constraint", "constraints"],
  index: ["index", "indexes"],
  statistics: ["statistics object", "statistics objects"],
  trigger: ["trigger", "triggers"],
  rule: ["rule", "rules"],
  policy: ["policy", "policies"],
  function: ["function", "functions"],
  procedure: ["procedure", "procedures"],
  aggregate: ["aggregate", "aggregates"],
  operator: ["operator", "operators"],
  operator_family: ["operator family", "operator families"],
  operator_class: ["operator class", "operator classes"],
  cast: ["cast", "casts"],
  transform: ["transform", "transforms"],
  text_search_parser: ["text search parser", "text search parsers"],
  text_search_template: ["text search template", "text search templates"],
  text_search_dictionary: ["text search dictionary", "text search dictionaries"],
  text_search_configuration: ["text search configuration", "text search configurations"],
  event_trigger: ["event trigger", "event triggers"],
  publication: ["publication", "publications"],
  subscription: ["subscription", "subscriptions"],
  default_privilege: ["default privilege", "default privileges"],
  owner: ["owner", "owners"],
  grant: ["grant", "grants"],
  comment: ["comment", "comments"],
}

export function kindLabel(kind: ObjectKind): string {
  return KIND_LABELS[kind][0]
}

/** `tables` */
export function kindLabelPlural(kind: ObjectKind): string {
  return KIND_LABELS[kind][1]
}

/** `1 table`, `3 tables`. */
export function countOf(count: number, kind: ObjectKind): string {
  return `${count} ${KIND_LABELS[kind][count === 1 ? 0 : 1]}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`
}

/** `rowSecurity` as `row security`; a name with a space (`option Host`) contains a name from the database and is unchanged. */
export function factLabel(name: string): string {
  return printable(name.includes(" ") ? name : name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))
}
