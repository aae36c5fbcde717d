import type { Fact, SchemaObject } from "../model/catalog.ts"
import { own } from "../model/own.ts"

/** Keywords of ICU's own form of a locale, and their names and values in a language tag where they differ. */
const KEYWORDS: Readonly<Record<string, readonly [key: string, values: Readonly<Record<string, string>>]>> = {
  collation: ["co", { dictionary: "dict", gb2312han: "gb2312", phonebook: "phonebk", traditional: "trad" }],
  colalternate: ["ka", { "non-ignorable": "noignore" }],
  colbackwards: ["kb", {}],
  colcasefirst: ["kf", {}],
  colcaselevel: ["kc", {}],
  colnormalization: ["kk", {}],
  colnumeric: ["kn", {}],
  colstrength: [
    "ks",
    { primary: "level1", secondary: "level2", tertiary: "level3", quaternary: "level4", quarternary: "level4", identical: "identic" },
  ],
}
const BOOLEANS: Readonly<Record<string, string>> = { yes: "true", no: "false" }

export function isIcuLocale({ kind, facts }: SchemaObject, fact: string): boolean {
  return kind === "collation" && fact === "locale" && facts.provider === "icu"
}

/** True for two forms of one locale: since 16 a server stores `de_DE` and `de@collation=phonebook` as the language tags `de-DE` and `de-u-co-phonebk`. */
export function sameLocale(one: Fact, other: Fact): boolean {
  return typeof one === "string" && typeof other === "string" && languageTag(one) === languageTag(other)
}

function languageTag(locale: string): string {
  const [base = "", keywords] = locale.split("@")
  const parts = keywords?.split(";").map(tagPart) ?? []
  if (parts.includes(undefined)) return locale
  const tag = [base.replaceAll("_", "-").replace(/^(?:root)?$/, "und"), ...(parts.length === 0 ? [] : ["u", ...parts])]
  try {
    return Intl.getCanonicalLocales(tag.join("-"))[0] ?? locale
  } catch {
    // An unknown form.
    return locale
  }
}

/** `colNumeric=yes` as `kn-true`. */
function tagPart(keyword: string): string | undefined {
  const [name = "", value = ""] = keyword.toLowerCase().split("=")
  const [key, values] = own(KEYWORDS, name.trim()) ?? []
  return key === undefined ? undefined : `${key}-${own(values, value) ?? own(BOOLEANS, value) ?? value}`
}
