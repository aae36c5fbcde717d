import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { type CompareFact, compare } from "../model/compare.ts"
import type { Comparison } from "../model/difference.ts"
import { type TypesOfRelation, typesIn } from "./column-types.ts"
import { formOf } from "./forms.ts"
import { isIcuLocale, sameLocale } from "./locale-names.ts"
import { isOfNames, sameNames } from "./new-keywords.ts"
import { isOfOptions, sameOptions } from "./option-spellings.ts"
import { loadParser, type Parse } from "./parser.ts"
import { type Definition, sameMeaning } from "./same-meaning.ts"

/** The differences between two catalogs, where definitions with the same meaning are equal. The parser is loaded when the first two texts differ. */
export async function compareByMeaning(source: Catalog, target: Catalog): Promise<Comparison> {
  const printed = compare(source, target)
  const facts = printed.differences.flatMap(({ kind, aspects }) => aspects.map(({ name }) => [kind, name] as const))
  const hasDefinitions = facts.some(([kind, name]) => formOf(kind, name) !== undefined)
  if (!hasDefinitions && !facts.some(([kind, name]) => isOfNames(kind, name) || isOfOptions(name) || kind === "collation")) return printed
  return compare(source, target, comparisonOf(source, target, hasDefinitions ? await loadParser() : undefined))
}

/** Without a parser every definition is unread. */
function comparisonOf(source: Catalog, target: Catalog, parse: Parse | undefined): CompareFact {
  const [sourceTypes, targetTypes] = [typesIn(source.objects), typesIn(target.objects)]
  return (before, after, { name, source: one, target: other }) => {
    if (isOfNames(before.kind, name)) return sameNames(one, other) ? "same" : "different"
    if (isIcuLocale(before, name) && isIcuLocale(after, name)) return sameLocale(one, other) ? "same" : "different"
    if (isOfOptions(name)) return sameOptions(one, other) ? "same" : "different"
    const form = formOf(before.kind, name)
    if (form === undefined || typeof one !== "string" || typeof other !== "string") return "different"
    if (parse === undefined) return "unread"
    const columnType = typeOfBoth(before, after)
    const definition = (text: string, { serverMajor }: Catalog, { schema, parent }: SchemaObject, typesOf: TypesOfRelation): Definition => {
      const own = parent === undefined || schema === null ? undefined : typesOf(schema, parent.name)
      return { text, serverMajor, typesOf, own, columnType }
    }
    return sameMeaning(form, definition(one, source, before, sourceTypes), definition(other, target, after, targetTypes), parse)
  }
}

/** The type of a column that has the same type on both sides. */
function typeOfBoth(before: SchemaObject, after: SchemaObject): string | undefined {
  const { type } = before.facts
  return typeof type === "string" && type === after.facts.type ? type : undefined
}
