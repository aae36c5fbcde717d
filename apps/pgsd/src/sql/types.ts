import { quoteLiteral } from "@pgsd/driver"
import type { Fact, SchemaObject } from "../model/catalog.ts"
import { pushTo } from "./order.ts"
import { ident, listOf, nameKey, otherFacts, type Plan, qualified, step } from "./steps.ts"

/** Creates an enum, composite type, domain, range type, collation or text search configuration. */
export function typePlan(object: SchemaObject, major: number): Plan {
  const text = typeText(object, major)
  if (!text.startsWith("CREATE ")) return text
  const { difference } = object.facts
  return [
    step("type", text, { makes: [nameKey(object.schema, object.name)], needs: difference == null ? text : `${text}\n${difference}(` }),
  ]
}

/** The statement, or the reason why it is not written. */
function typeText(object: SchemaObject, major: number): string {
  const { kind, schema, name, facts } = object
  const own = qualified(schema, name)
  if (kind === "enum") return `CREATE TYPE ${own} AS ENUM (${listOf(facts.labels).map(quoteLiteral).join(", ")});`
  if (kind === "composite_type") return `CREATE TYPE ${own} AS (${listOf(facts.attributes).join(", ")});`
  if (kind === "domain") return domainText(own, facts)
  if (kind === "text_search_configuration") return configurationText(own, facts)
  return kind === "range_type" ? rangeText(own, facts, major) : collationText(own, object)
}

function domainText(own: string, facts: SchemaObject["facts"]): string {
  const checks = Object.entries(facts).filter(([fact, value]) => fact.startsWith("constraint ") && value !== null)
  const texts = checks.map(([fact, value]) => `CONSTRAINT ${ident(fact.slice("constraint ".length))} ${value}`)
  // CREATE DOMAIN has no syntax for it.
  const isLater = (text: string) => text.endsWith(" NOT VALID")
  const notNull = facts.notNullConstraint == null ? "NOT NULL" : `CONSTRAINT ${ident(String(facts.notNullConstraint))} NOT NULL`
  const parts = [
    `CREATE DOMAIN ${own} AS ${facts.type}`,
    facts.collation == null ? undefined : `COLLATE ${facts.collation}`,
    facts.default == null ? undefined : `DEFAULT ${facts.default}`,
    facts.nullability === "not null" ? notNull : undefined,
    ...texts.filter((text) => !isLater(text)),
  ]
  const made = `${parts.filter((part) => part !== undefined).join(" ")};`
  return [made, ...texts.filter(isLater).map((text) => `ALTER DOMAIN ${own} ADD ${text};`)].join("\n")
}

function rangeText(own: string, facts: SchemaObject["facts"], major: number): string {
  // It takes the type, which does not exist yet.
  if (facts.canonical != null) return "make it by hand: its canonical function needs a shell type first"
  return `CREATE TYPE ${own} AS RANGE (${definition({
    subtype: facts.subtype,
    subtype_opclass: facts.operatorClass,
    collation: facts.collation,
    subtype_diff: facts.difference,
    multirange_type_name: major < 14 ? null : facts.multirange,
  })});`
}

function collationText(own: string, object: SchemaObject): string {
  const { facts } = object
  const { provider, locale, collate, ctype, rules, deterministic } = facts
  // A libc collation depends on the encoding of its database.
  const others = otherFacts(object, ["provider", "locale", "collate", "ctype", "rules", "deterministic", "encoding"])
  if (others.length > 0) return `it has ${others.join(", ")}`
  const text = (fact: Fact | undefined) => (fact == null ? null : quoteLiteral(String(fact)))
  return `CREATE COLLATION ${own} (${definition({
    provider,
    locale: text(locale),
    lc_collate: text(collate),
    lc_ctype: text(ctype),
    rules: text(rules),
    deterministic: deterministic === "no" ? "false" : null,
  })});`
}

/** Its mappings are listed as `word: simple`, several of one token type in their order. */
function configurationText(own: string, { parser, mappings }: SchemaObject["facts"]): string {
  const tokens = new Map<string, string[]>()
  for (const mapping of listOf(mappings)) {
    const at = mapping.indexOf(": ")
    pushTo(tokens, mapping.slice(0, at), mapping.slice(at + 2))
  }
  if ([...tokens.keys()].some((token) => /^\d+$/.test(token))) return "make it by hand: its parser is not one of PostgreSQL's"
  const added = [...tokens].map(([token, dictionaries]) => `ADD MAPPING FOR ${ident(token)} WITH ${dictionaries.join(", ")};`)
  return [
    `CREATE TEXT SEARCH CONFIGURATION ${own} (PARSER = ${parser});`,
    ...added.map((clause) => `ALTER TEXT SEARCH CONFIGURATION ${own} ${clause}`),
  ].join("\n")
}

/** `a = b, c = d` of those that are set. */
function definition(parts: Readonly<Record<string, Fact | undefined>>): string {
  return Object.entries(parts)
    .flatMap(([name, value]) => (value == null ? [] : [`${name} = ${value}`]))
    .join(", ")
}
