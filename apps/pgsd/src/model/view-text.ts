/** From this major on, a server leaves the relation's name out of a view's columns when the query has one relation. */
const UNQUALIFIED_SINCE = 16

/** Two definitions of a view in one spelling, as far as that can be known. */
interface ComparableQueries {
  readonly source: string
  readonly target: string
  /** The servers may mean the same by what is left. */
  readonly uncertain: boolean
}

/**
 * Servers older than 16 print `SELECT t.a FROM t` for what newer ones print as `SELECT a FROM t`. With a single relation the prefix says nothing, so it is
 * dropped on both sides; a query that joins is printed alike by both. Several queries in one (UNION, subqueries) are left as they are.
 */
export function comparableQueries(source: string, sourceMajor: number, target: string, targetMajor: number): ComparableQueries {
  const alike = sourceMajor < UNQUALIFIED_SINCE === targetMajor < UNQUALIFIED_SINCE
  if (alike || source === target) return { source, target, uncertain: false }
  return {
    source: withoutPrefix(source) ?? source,
    target: withoutPrefix(target) ?? target,
    uncertain: [source, target].some((query) => wordsOf(query).filter((word) => word === "SELECT").length > 1),
  }
}

// Strings, quoted identifiers, words, or any one character: enough of SQL to know what is a name and what is text.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|\s+|./gsu

function tokensOf(query: string): readonly string[] {
  return query.match(TOKEN) ?? []
}

function wordsOf(query: string): readonly string[] {
  return tokensOf(query).filter((token) => token.trim() !== "")
}

// `undefined` when there is not exactly one relation, so that nothing can be said.
function withoutPrefix(query: string): string | undefined {
  const tokens = tokensOf(query)
  const words = wordsOf(query)
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
