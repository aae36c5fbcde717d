import type { Fact, SchemaObject } from "../model/catalog.ts"
import { factLabel } from "./labels.ts"
import { printable } from "./printable.ts"

/** An added or removed object in one line: `text not null default 'x'` for a column, its definition for a constraint. */
function summaryOf({ kind, facts }: SchemaObject): string {
  if (kind === "column") return printable(columnText(facts))
  if (kind === "function" || kind === "procedure") return printable(signatureOf(String(facts.definition)))
  if (facts.definition !== undefined && facts.definition !== null) return printable(withoutCreate(String(facts.definition)))
  if (kind === "policy") return printable(`${facts.mode}, for ${facts.for}, to ${factText(facts.to ?? null)}`)
  if (kind === "range_type") return printable(`of ${facts.subtype}`)
  if (kind === "enum") return factText(facts.labels ?? null)
  if (kind === "domain" || kind === "composite_type") return factText(facts.attributes ?? facts.type ?? null)
  if (kind === "extension") return `${factText(facts.version ?? null)} in schema ${factText(facts.schema ?? null)}`
  if (kind === "owner" || kind === "comment" || kind === "grant") return factText(facts[kind === "grant" ? "privileges" : kind] ?? null)
  if (kind === "sequence") return printable(`${facts.type}, start ${facts.start}, increment ${facts.increment}`)
  if (kind === "table" || kind === "foreign_table") return tableText(facts)
  return Object.entries(facts)
    .flatMap(([name, fact]) => (fact === null ? [] : [name === "enabled" ? enabledText(fact) : `${factLabel(name)} ${factText(fact)}`]))
    .slice(0, kind === "schema" ? 0 : MOST_FACTS)
    .join(", ")
}

/** The same of a part; one that exists because of another object is listed for what it has besides. */
export function partSummaryOf(object: SchemaObject): string {
  const { comment, grants = {}, implied, inheritedFrom } = object
  const attached =
    implied === true || inheritedFrom !== undefined
      ? [
          ...(comment === undefined ? [] : [`comment ${printable(comment)}`]),
          ...Object.entries(grants).map(([grantee, privileges]) => `${factText(privileges)} for ${printable(grantee)}`),
        ]
      : []
  return [summaryOf(object), ...attached].filter((text) => text !== "").join(", ")
}

/** For kinds without a summary of their own. */
const MOST_FACTS = 4

// `enabled`, `disabled` and not `enabled enabled`; `enabled on replicas only`.
function enabledText(fact: Fact): string {
  const text = factText(fact)
  return text === "enabled" || text === "disabled" ? text : `enabled ${text}`
}

/** The type of table; nothing for an ordinary one, which its columns describe. */
function tableText({ persistence, type, partitionOf, bound, partitionBy, inherits, server }: SchemaObject["facts"]): string {
  const part = (label: string, fact: Fact | undefined) => (fact == null ? [] : [`${label} ${factText(fact)}`.trimStart()])
  return [
    ...part("", persistence),
    ...part("of", type),
    ...part("partition of", partitionOf).map((text) => [text, ...part("", bound)].join(" ")),
    ...part("partitioned by", partitionBy),
    ...part("inherits", inherits),
    ...part("server", server),
  ].join(", ")
}

/** A fact in one line; "none" if absent. */
export function factText(fact: Fact): string {
  if (fact === null) return "none"
  return typeof fact === "string" ? printable(fact) : fact.map(itemText).join(", ")
}

// An enum's label may be empty or contain the separator used here.
export function itemText(text: string): string {
  return /^$|^\s|\s$|, /.test(text) ? `'${printable(text)}'` : printable(text)
}

const UNSPOKEN = new Set(["type", "nullability", "default", "generated", "generatedKind", "identity", "notNullConstraint"])

function columnText(facts: SchemaObject["facts"]): string {
  const { type, nullability, default: value, generated, generatedKind, identity } = facts
  const parts = [
    type,
    nullability === "not null" ? nullability : null,
    value == null ? null : `default ${value}`,
    generated == null ? null : `generated as ${generated} ${generatedKind}`,
    identity == null ? null : `identity ${identity}`,
    ...Object.entries(facts).map(([name, fact]) => (fact === null || UNSPOKEN.has(name) ? null : `${factLabel(name)} ${factText(fact)}`)),
  ]
  return parts.filter((part) => part !== null).join(" ")
}

/** `CREATE INDEX t_a ON public.t USING btree (a)` as `btree (a)`, `CREATE TRIGGER tg BEFORE …` as `BEFORE …`; UNIQUE and CONSTRAINT stay. */
export function withoutCreate(definition: string): string {
  const index = /^CREATE (UNIQUE )?INDEX .+? USING (.+)$/s.exec(definition)
  if (index !== null) return `${index[1] === undefined ? "" : "unique "}${index[2]}`
  const trigger = /^CREATE (CONSTRAINT )?TRIGGER (?:"(?:[^"]|"")+"|\S+) (.+)$/s.exec(definition)
  return trigger === null ? definition : `${trigger[1] === undefined ? "" : "constraint "}${trigger[2]}`
}

// The text between a function's name and its body: `RETURNS integer LANGUAGE sql STABLE`.
function signatureOf(definition: string): string {
  const lines = definition.split("\n").slice(1)
  const body = lines.findIndex((line) => !line.startsWith(" "))
  return lines
    .slice(0, body === -1 ? lines.length : body)
    .map((line) => line.trim())
    .join(" ")
}
