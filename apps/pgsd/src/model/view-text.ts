/** From this major on, a server leaves the relation's name out of a view's columns when the query has one relation. */
const UNQUALIFIED_SINCE = 16

/**
 * Do two servers mean the same by two definitions of a view? Servers older than 16 print `SELECT t.a FROM t` for what newer ones print as
 * `SELECT a FROM t`. With a single relation the prefix says nothing, so it is dropped on both sides; with more than one, both print it.
 */
export function sameQuery(source: string, sourceMajor: number, target: string, targetMajor: number): boolean {
  if (source === target) return true
  if (!printsDiffer(sourceMajor, targetMajor)) return false
  const one = withoutPrefix(source)
  return one !== undefined && one === withoutPrefix(target)
}

/** True when the two servers print some views differently although they mean the same. */
export function printsDiffer(sourceMajor: number, targetMajor: number): boolean {
  return sourceMajor < UNQUALIFIED_SINCE !== targetMajor < UNQUALIFIED_SINCE
}

// Strings, quoted identifiers, words, or any one character: enough of SQL to know what is a name and what is text.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|\s+|./gsu

// `undefined` when there is not exactly one relation, so that nothing can be said.
function withoutPrefix(query: string): string | undefined {
  const tokens = query.match(TOKEN) ?? []
  const words = tokens.filter((token) => token.trim() !== "")
  const from = outermost(words, "FROM")
  if (from.length !== 1 || words.filter((word) => word === "SELECT").length !== 1 || words.includes("JOIN")) return undefined
  const relation = words.slice(from[0]! + 1)
  const named = relation[1] === "." ? 3 : 1
  const aliased = isName(relation[named])
  const alias = relation[aliased ? named : named - 1]
  if (!isName(alias) || relation[aliased ? named + 1 : named] === ",") return undefined
  return tokens.filter((_, at) => !isPrefix(tokens, at, alias)).join("")
}

// EXTRACT(year FROM ordered) and IS DISTINCT FROM stand in parentheses.
function outermost(words: readonly string[], wanted: string): number[] {
  let depth = 0
  return words.flatMap((word, at) => {
    depth += word === "(" ? 1 : word === ")" ? -1 : 0
    return word === wanted && depth === 0 ? [at] : []
  })
}

function isPrefix(tokens: readonly string[], at: number, alias: string): boolean {
  const prefix = (from: number) => tokens[from] === alias && tokens[from + 1] === "." && tokens[from - 1] !== "."
  return prefix(at) || (at > 0 && tokens[at] === "." && prefix(at - 1))
}

const KEYWORDS = new Set([
  "WHERE",
  "GROUP",
  "ORDER",
  "HAVING",
  "LIMIT",
  "OFFSET",
  "WINDOW",
  "FETCH",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "TABLESAMPLE",
])

// Keywords are printed in capitals, and a name with capitals is quoted.
function isName(token: string | undefined): token is string {
  return token !== undefined && /^["\p{L}_]/u.test(token) && !KEYWORDS.has(token)
}
