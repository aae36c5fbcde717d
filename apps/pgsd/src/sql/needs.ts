import type { ObjectKind, SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import type { Context } from "./context.ts"
import { newNames, WITH_TYPES } from "./new-names.ts"
import { bareText } from "./order.ts"
import { listOf, textsOf } from "./steps.ts"

interface Need {
  readonly since: number
  /** The columns of the catalogs in which it is stored, if it has some of its own. */
  readonly columns?: readonly string[]
  /** `text`: all facts, without strings and quoted names. */
  readonly when: (object: SchemaObject, text: string, context: Context) => boolean
}

/** Syntax that servers before a major refuse, by the words for it. */
export const NEEDS: Readonly<Record<string, Need>> = {
  "JSON_OBJECT and JSON_ARRAY": { since: 16, when: written(/\bJSON_(?:OBJECT|ARRAY)(?:AGG)?\(/) },
  "IS JSON": { since: 16, when: written(/ IS (?:NOT )?JSON\b/) },
  SYSTEM_USER: { since: 16, when: written(/\bSYSTEM_USER\b/) },
  "JSON functions of SQL": { since: 17, when: written(/\bJSON(?:_SCALAR|_SERIALIZE|_VALUE|_QUERY|_EXISTS|_TABLE)?\(/) },
  "AT LOCAL": { since: 17, when: written(/ AT LOCAL\b/) },
  MERGE: { since: 15, when: written(/\bMERGE INTO\b/) },
  "MERGE with NOT MATCHED BY SOURCE": { since: 17, when: written(/\bNOT MATCHED BY SOURCE\b/) },
  "MERGE with RETURNING": { since: 17, when: written(/\bMERGE INTO\b[\s\S]*\bRETURNING\b/) },
  "OLD and NEW in RETURNING": { since: 18, when: written(/\bRETURNING\b[^;]*\b(?:old|new)\./) },
  "WITH TIES": { since: 13, when: written(/\bROWS? WITH TIES\b/) },
  NORMALIZE: { since: 13, when: written(/\bNORMALIZE\(| IS (?:NF\w+ )?NORMALIZED\b/) },
  "GROUP BY DISTINCT": { since: 14, when: written(/\bGROUP BY DISTINCT\b/) },
  "SEARCH and CYCLE": { since: 14, when: written(/\b(?:SEARCH (?:BREADTH|DEPTH) FIRST BY|CYCLE .* SET .* USING)\b/) },
  "an alias of JOIN USING": { since: 14, when: written(/ USING \([^()]*\) AS /) },
  "subscripts of jsonb": { since: 14, when: written(/\[''::text\]/) },
  "a function body in standard SQL": {
    since: 14,
    columns: ["pg_proc.prosqlbody"],
    when: ofKind(["function", "procedure"], /\n(?:BEGIN ATOMIC|RETURN )/),
  },
  "OUT arguments of a procedure": { since: 14, when: ofKind(["procedure"], /^CREATE OR REPLACE PROCEDURE [^(]*\((?:.*, )?OUT /) },
  compression: { since: 14, columns: ["pg_attribute.attcompression"], when: has("column", "compression") },
  "virtual columns": { since: 18, when: (object) => object.facts.generatedKind === "virtual" },
  "a negative scale, or one beyond the precision": {
    since: 15,
    when: (_, text) => [...text.matchAll(/\bnumeric\((\d+),(-?\d+)\)/g)].some(isWideScale),
  },
  "NULLS NOT DISTINCT": {
    since: 15,
    columns: ["pg_index.indnullsnotdistinct"],
    when: ofKind(["constraint", "index"], /\bNULLS NOT DISTINCT\b/),
  },
  "SET NULL or SET DEFAULT of some columns": {
    since: 15,
    columns: ["pg_constraint.confdelsetcols"],
    when: ofKind(["constraint"], / ON DELETE SET (?:NULL|DEFAULT) \(/),
  },
  "NOT ENFORCED": { since: 18, columns: ["pg_constraint.conenforced"], when: ofKind(["constraint"], / NOT ENFORCED\b/) },
  "WITHOUT OVERLAPS and PERIOD": {
    since: 18,
    columns: ["pg_constraint.conperiod"],
    when: ofKind(["constraint"], / WITHOUT OVERLAPS\)|\bPERIOD /),
  },
  "an exclusion constraint of a partitioned table": {
    since: 17,
    when: (object, text, context) => isOfPartitioned(object, context) && object.kind === "constraint" && /^EXCLUDE/m.test(text),
  },
  "a foreign key of a partitioned table that is not valid": {
    since: 18,
    when: (object, text, context) =>
      isOfPartitioned(object, context) && object.kind === "constraint" && /^FOREIGN KEY.* NOT VALID$/m.test(text),
  },
  "a BEFORE trigger for each row of a partitioned table": {
    since: 13,
    when: (object, text, context) => isOfPartitioned(object, context) && object.kind === "trigger" && / BEFORE .* FOR EACH ROW /.test(text),
  },
  "parameters of an operator class": { since: 13, when: ofKind(["index"], / USING \w+ \(.*_ops \(\w+=/) },
  "INCLUDE of an spgist index": { since: 14, when: ofKind(["index"], / USING spgist .* INCLUDE \(/) },
  "the access method of a partitioned table": { since: 17, when: ({ facts }) => facts.partitionBy != null && facts.accessMethod != null },
  "expressions of a statistics object": {
    since: 14,
    columns: ["pg_statistic_ext.stxexprs"],
    when: ofKind(["statistics"], / ON (?:[^,]*|.*\(.*) FROM /),
  },
  "the target of a statistics object": {
    since: 13,
    columns: ["pg_statistic_ext.stxstattarget"],
    when: has("statistics", "statisticsTarget"),
  },
  "the event login": { since: 17, when: ({ kind, facts }) => kind === "event_trigger" && facts.event === "login" },
  publish_via_partition_root: { since: 13, columns: ["pg_publication.pubviaroot"], when: has("publication", "viaRoot") },
  "publications of schemas": {
    since: 15,
    columns: ["pg_publication_namespace.pnpubid", "pg_publication_namespace.pnnspid"],
    when: has("publication", "schemas"),
  },
  "lists of columns and filters of a publication": {
    since: 15,
    columns: ["pg_publication_rel.prattrs", "pg_publication_rel.prqual"],
    when: ({ kind, facts }) =>
      kind === "publication" &&
      Object.entries(facts).some(([name, fact]) => name.startsWith("filter of ") || (name.startsWith("table ") && Array.isArray(fact))),
  },
  publish_generated_columns: { since: 18, columns: ["pg_publication.pubgencols"], when: has("publication", "generatedColumns") },
  "rules of a collation": { since: 16, columns: ["pg_collation.collicurules"], when: has("collation", "rules") },
  "the builtin provider of a collation": { since: 17, when: ({ kind, facts }) => kind === "collation" && facts.provider === "builtin" },
  "the Greek stemmer": { since: 13, when: maps(/: greek_stem$/) },
  "stemmers of Armenian, Basque, Catalan, Hindi, Serbian and Yiddish": {
    since: 14,
    when: maps(/: (?:armenian|basque|catalan|hindi|serbian|yiddish)_stem$/),
  },
  "the Estonian stemmer": { since: 18, when: maps(/: estonian_stem$/) },
  "the option deduplicate_items": { since: 13, when: withOption("deduplicate_items") },
  "the option autovacuum_vacuum_insert_threshold": { since: 13, when: withOption("autovacuum_vacuum_insert_threshold") },
  "the option autovacuum_vacuum_insert_scale_factor": { since: 13, when: withOption("autovacuum_vacuum_insert_scale_factor") },
  "the value auto of vacuum_index_cleanup": { since: 14, when: withOption("vacuum_index_cleanup", "auto") },
  "the option security_invoker": { since: 15, when: withOption("security_invoker") },
  "the option autovacuum_vacuum_max_threshold": { since: 18, when: withOption("autovacuum_vacuum_max_threshold") },
  "the option vacuum_max_eager_freeze_failure_rate": { since: 18, when: withOption("vacuum_max_eager_freeze_failure_rate") },
  "a time zone of generate_series": { since: 16, when: calls("generate_series", 4) },
  "position and flags of regexp_replace": { since: 15, when: calls("regexp_replace", 5) },
  "bounds of random": { since: 17, when: calls("random", 2) },
  "arrays in json_strip_nulls": { since: 18, when: calls("jsonb?_strip_nulls", 2) },
}

/** Why the source's server cannot have what the target's has: its major does not know it. */
export function lacks({ change, target, aspects, contents }: Difference, context: Context): string | undefined {
  if (context.major >= context.targetMajor || change === "removed" || target === undefined) return undefined
  const facts = change === "changed" ? Object.fromEntries(aspects.map((aspect) => [aspect.name, aspect.target])) : target.facts
  for (const object of [{ ...target, facts }, ...contents]) {
    const text = WITH_SQL.includes(object.kind) ? bareText(textsOf(object, [])) : ""
    const needs = Object.entries(NEEDS).flatMap(([name, { since, when }]) =>
      since > context.major && when(object, text, context) ? [{ name, since }] : [],
    )
    const [most] = [...needs, ...newNames(object, text, context.major)].sort((one, other) => other.since - one.since)
    if (most !== undefined) return `needs PostgreSQL ${most.since}: ${most.name}`
  }
  return undefined
}

function written(pattern: RegExp): Need["when"] {
  return (_, text) => pattern.test(text)
}

function ofKind(kinds: readonly ObjectKind[], pattern: RegExp): Need["when"] {
  return ({ kind }, text) => kinds.includes(kind) && pattern.test(text)
}

function has(of: ObjectKind, fact: string): Need["when"] {
  return ({ kind, facts }) => kind === of && facts[fact] != null
}

function maps(pattern: RegExp): Need["when"] {
  return ({ kind, facts }) => kind === "text_search_configuration" && listOf(facts.mappings).some((mapping) => pattern.test(mapping))
}

function isOfPartitioned(object: SchemaObject, { relatives }: Context): boolean {
  return relatives.target.tableOf(object)?.facts.partitionBy != null
}

function isWideScale([, precision, scale]: RegExpMatchArray): boolean {
  return Number(scale) < 0 || Number(scale) > Number(precision)
}

function withOption(name: string, value = ""): Need["when"] {
  return ({ facts: { options, toastOptions, indexOptions } }, text) =>
    [options, toastOptions, indexOptions].some((list) => listOf(list).some((each) => each.startsWith(`${name}=${value}`))) ||
    text.includes(` WITH (${name}=`)
}

function calls(name: string, fromArguments: number): Need["when"] {
  const call = new RegExp(`(?<![\\w.])${name}\\(`, "g")
  return (_, text) => [...text.matchAll(call)].some(({ index, 0: { length } }) => argumentsAt(text, index + length) >= fromArguments)
}

function argumentsAt(text: string, from: number): number {
  let [depth, commas] = [0, 0]
  for (const [each] of text.slice(from).matchAll(/[()[\],]/g)) {
    if (each === "," && depth === 0) commas++
    else if (each === "(" || each === "[") depth++
    else if (each !== "," && depth-- === 0) break
  }
  return commas + 1
}

/** Kinds whose facts are SQL. */
const WITH_SQL: readonly ObjectKind[] = [
  ...WITH_TYPES,
  "table",
  "view",
  "materialized_view",
  "constraint",
  "statistics",
  "trigger",
  "rule",
  "policy",
]
