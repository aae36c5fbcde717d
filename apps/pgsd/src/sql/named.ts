import { type Facts, type ObjectKind, OF_IDENTITY, type Parent, type SchemaObject } from "../model/catalog.ts"
import { ident, qualified, relationOf, routineName } from "./steps.ts"

type Named = Pick<SchemaObject, "kind" | "schema" | "name"> & {
  readonly parent?: Parent | undefined
  readonly facts?: Facts
}

/** Kinds that DROP, COMMENT ON and GRANT refer to by a keyword and the name alone. */
const KEYWORDS: Partial<Record<ObjectKind, string>> = {
  schema: "SCHEMA",
  extension: "EXTENSION",
  enum: "TYPE",
  composite_type: "TYPE",
  range_type: "TYPE",
  domain: "DOMAIN",
  sequence: "SEQUENCE",
  table: "TABLE",
  view: "VIEW",
  materialized_view: "MATERIALIZED VIEW",
  index: "INDEX",
  statistics: "STATISTICS",
  function: "FUNCTION",
  procedure: "PROCEDURE",
  collation: "COLLATION",
  event_trigger: "EVENT TRIGGER",
  publication: "PUBLICATION",
  text_search_configuration: "TEXT SEARCH CONFIGURATION",
}

/** `TABLE "s"."t"`, `TRIGGER "a" ON "s"."t"`: the object in DROP and COMMENT ON; undefined for an unsupported kind. */
export function namedObject(object: Named): string | undefined {
  const { kind, schema, parent, name } = object
  if (kind === "function" || kind === "procedure") {
    const routine = routineName(schema, name)
    return routine === undefined ? undefined : `${KEYWORDS[kind]} ${routine}`
  }
  if (parent !== undefined && kind === "column") return `COLUMN ${relationOf({ schema, parent })}.${ident(name)}`
  if (parent !== undefined && kind === "constraint")
    return `CONSTRAINT ${ident(name)} ON ${parent.kind === "domain" ? "DOMAIN " : ""}${relationOf({ schema, parent })}`
  if (parent !== undefined && (kind === "trigger" || kind === "rule" || kind === "policy"))
    return `${kind.toUpperCase()} ${ident(name)} ON ${relationOf({ schema, parent })}`
  // The server chose the name of an identity column's sequence, which is a fact.
  if (kind === "sequence" && parent !== undefined && name.startsWith(OF_IDENTITY))
    return typeof object.facts?.name === "string" ? `SEQUENCE ${qualified(schema, object.facts.name)}` : undefined
  return KEYWORDS[kind] === undefined ? undefined : `${KEYWORDS[kind]} ${qualified(schema, name)}`
}

/** The object in GRANT, after ON; undefined for an unsupported kind. */
export function grantedObject(object: Named): string | undefined {
  const { kind, schema, parent } = object
  if (kind === "column" && parent !== undefined) return `TABLE ${relationOf({ schema, parent })}`
  if (kind === "view" || kind === "materialized_view" || kind === "foreign_table") return `TABLE ${qualified(schema, object.name)}`
  return [
    "index",
    "statistics",
    "extension",
    "constraint",
    "trigger",
    "rule",
    "policy",
    "collation",
    "event_trigger",
    "publication",
    "text_search_configuration",
  ].includes(kind)
    ? undefined
    : namedObject(object)
}
