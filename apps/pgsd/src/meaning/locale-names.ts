import type { Fact, SchemaObject } from "../model/catalog.ts"

/** Names of collations in ICU's own form instead of a language tag. */
const COLLATIONS: Readonly<Record<string, string>> = { dictionary: "dict", gb2312han: "gb2312", phonebook: "phonebk", traditional: "trad" }

export function isIcuLocale({ kind, facts }: SchemaObject, fact: string): boolean {
  return kind === "collation" && fact === "locale" && facts.provider === "icu"
}

/** True for two forms of one locale: since 16 a server stores `de_DE` and `de@collation=phonebook` as the language tags `de-DE` and `de-u-co-phonebk`. */
export function sameLocale(one: Fact, other: Fact): boolean {
  return typeof one === "string" && typeof other === "string" && languageTag(one) === languageTag(other)
}

function languageTag(locale: string): string {
  const [, base = locale, collation] = /^([^@]*)@collation=(\w+)$/.exec(locale) ?? []
  const tag = [
    base.replaceAll("_", "-").replace(/^(?:root)?$/, "und"),
    ...(collation === undefined ? [] : ["u-co", COLLATIONS[collation] ?? collation]),
  ]
  try {
    return Intl.getCanonicalLocales(tag.join("-"))[0] ?? locale
  } catch {
    // An unknown form.
    return locale
  }
}
