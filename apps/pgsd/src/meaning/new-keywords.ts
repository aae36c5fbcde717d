import type { Fact, ObjectKind } from "../model/catalog.ts"

/** Words that servers quote as names since this major, and older ones print unquoted: those that pg_get_keywords() of 13 to 18 lists as more than unreserved, and of 12 does not. */
const KEYWORD_SINCE: Readonly<Record<string, number>> = {
  normalize: 13,
  json_array: 16,
  json_arrayagg: 16,
  json_object: 16,
  json_objectagg: 16,
  system_user: 16,
  json: 17,
  json_exists: 17,
  json_query: 17,
  json_scalar: 17,
  json_serialize: 17,
  json_table: 17,
  json_value: 17,
  merge_action: 17,
}
const WORDS = Object.keys(KEYWORD_SINCE).join("|")

// Other tokens are skipped as a whole: strings, function bodies, quoted names, other words.
const TOKEN = /'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu

/**
 * K: `json` in the print of a server before 17 is a name.
 *
 * Reason: newer servers quote it, and the grammar of 18 refuses it as the name of a parameter, or takes `system_user` for the function.
 * Proof: no grammar before that major reads the word as anything but a name, quotes change nothing of a name in lower case, and pg_catalog's type is found by
 * either (rule N). Keywords are printed in capitals.
 */
export function withQuotedNames(text: string, serverMajor: number): string {
  return text.replaceAll(TOKEN, (token) =>
    Object.hasOwn(KEYWORD_SINCE, token) && serverMajor < KEYWORD_SINCE[token]! ? `"${token}"` : token,
  )
}

/** Facts that consist of names alone: of functions with their types, of types, relations, columns. */
const OF_NAMES: Readonly<Partial<Record<ObjectKind, RegExp>>> = {
  access_method: /^handler$/,
  aggregate: /^(?:signature|trans|final|combine|serial|deserial|mtrans|minvtrans|mfinal|sortOperator|stateType|movingStateType)$/,
  cast: /^function$/,
  column: /^(?:type|collation)$/,
  composite_type: /^attributes$/,
  conversion: /^function$/,
  domain: /^(?:type|collation)$/,
  event_trigger: /^function$/,
  foreign_data_wrapper: /^(?:handler|validator)$/,
  foreign_table: /^(?:type|partitionOf|inherits|partitionTriggers|partitionConstraints)$/,
  language: /^(?:handler|inline|validator)$/,
  operator: /^(?:function|result|commutator|negator|restrict|join)$/,
  operator_class: /^(?:type|storage|family)$/,
  operator_family: /^(?:operators|functions)$/,
  publication: /^(?:schemas|table .*)$/s,
  range_type: /^(?:subtype|operatorClass|collation|canonical|difference|multirange)$/,
  table: /^(?:type|partitionOf|inherits|partitionIndexes|partitionTriggers|partitionConstraints|replicaIdentity)$/,
  text_search_configuration: /^(?:parser|mappings)$/,
  text_search_dictionary: /^template$/,
  text_search_parser: /./,
  text_search_template: /./,
  transform: /^(?:from|to)$/,
}

export function isOfNames(kind: ObjectKind, fact: string): boolean {
  return OF_NAMES[kind]?.test(fact) === true
}

/** True for names that differ only in the quotes around such a word. `json` and `"json"` are the same name, also of a type of pg_catalog. */
export function sameNames(one: Fact, other: Fact): boolean {
  return withoutQuotes(one) === withoutQuotes(other)
}

const QUOTED = new RegExp(`(?<!")"(${WORDS})"(?!")`, "g")

function withoutQuotes(fact: Fact): string {
  return JSON.stringify(fact === null || typeof fact === "string" ? unquoted(fact ?? "") : fact.map(unquoted))
}

function unquoted(text: string): string {
  return text.replaceAll(QUOTED, "$1")
}
