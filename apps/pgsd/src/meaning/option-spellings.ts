import type { Fact } from "../model/catalog.ts"
import { fieldsOf, listOf, type Rewrite, type Tree, textOf } from "./tree.ts"

/** Boolean storage parameters and view options, in any spelling that the server accepts. */
const BOOLEANS = new Set([
  "autosummarize",
  "autovacuum_enabled",
  "deduplicate_items",
  "fastupdate",
  "security_barrier",
  "security_invoker",
  "user_catalog_table",
  "vacuum_truncate",
])
/** Numeric ones. */
const NUMBERS = /^(?:autovacuum_|fillfactor$|gin_pending_list_limit$|n_distinct|pages_per_range$|parallel_workers$|toast_tuple_target$)/

/** Facts that are lists of `name=value`. */
const OF_OPTIONS = new Set(["options", "toastOptions", "indexOptions"])

export function isOfOptions(fact: string): boolean {
  return OF_OPTIONS.has(fact)
}

/** True for lists that set the same options to the same values: `autovacuum_enabled=off` is `autovacuum_enabled=false`. */
export function sameOptions(one: Fact, other: Fact): boolean {
  return JSON.stringify(canonicalList(one)) === JSON.stringify(canonicalList(other))
}

function canonicalList(fact: Fact): Fact {
  if (!Array.isArray(fact)) return fact
  return (fact as readonly string[]).map((option) => {
    const at = option.indexOf("=")
    const name = option.slice(0, at)
    return `${name}=${canonical(name, option.slice(at + 1))}`
  })
}

/**
 * O: `WITH (fastupdate='off')` is `WITH (fastupdate='false')`.
 *
 * Reason: a server keeps and prints the text as written.
 * Proof: it reads these options with parse_bool(), and the others as decimal numbers. Unknown names are unchanged.
 */
export const option: Rewrite = (fields) => {
  const { defname, arg } = fields
  if (typeof defname !== "string" || !(BOOLEANS.has(defname) || NUMBERS.test(defname))) return { DefElem: fields }
  const value = argumentText(arg)
  return value === undefined ? { DefElem: fields } : { DefElem: { ...fields, arg: { String: { sval: canonical(defname, value) } } } }
}

// Without quotes, `off` is read as the name of a type, and 1 as a number.
function argumentText(arg: Tree | undefined): string | undefined {
  const names = listOf(fieldsOf(arg, "TypeName")?.names)
  const number = fieldsOf(arg, "Integer")?.ival ?? fieldsOf(arg, "Float")?.fval
  return names.length === 1 ? textOf(names[0]) : (textOf(arg) ?? (number === undefined ? undefined : String(number)))
}

function canonical(name: string, value: string): string {
  if (BOOLEANS.has(name)) return booleanOf(value) ?? value
  // 070 is octal for an integer, and not for the others.
  return NUMBERS.test(name) && /^-?(?:0|[1-9]\d*)\.\d+$/.test(value) ? value.replace(/\.?0+$/, "") : value
}

// As parse_bool(): any unambiguous prefix of these words.
function booleanOf(value: string): "true" | "false" | undefined {
  const word = value.toLowerCase()
  const begins = (...words: readonly string[]) => words.some((each) => each.startsWith(word))
  if (word === "" || word === "o") return undefined
  if (word === "1" || begins("true", "yes", "on")) return "true"
  return word === "0" || begins("false", "no", "off") ? "false" : undefined
}
