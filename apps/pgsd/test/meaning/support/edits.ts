import { COLUMNS, OPERATORS, PHRASES, TYPES, WORDS } from "./edit-tables.ts"

// Strings, quoted names, words, numbers, casts, operators, whitespace, or any one character.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w*\$[\s\S]*?\$\w*\$|[\p{L}_][\p{L}\p{N}_]*|\d+(?:\.\d+)?|::|[<>=!~@#&|?*+\-/%^]+|\s+|./gsu
const TYPE =
  /^(?:character varying|character|double precision|timestamp with(?:out)? time zone|[a-z][a-z0-9_.]*)(?:\(\d+(?:,\d+)?\))?(?:\[\])?/

/**
 * Every small edit of a printed definition. The server decides whether it accepts the edit, and whether it prints something else.
 *
 * `harmless`: includes edits that may change nothing: a label of text or varchar removed, another order of a list partition's values.
 */
export function editsOf(text: string, { harmless }: { readonly harmless: boolean }): readonly string[] {
  const tokens = text.match(TOKEN) ?? []
  const starts = tokens.map((_, at) => tokens.slice(0, at).join("").length)
  const edited = new Set<string>()
  const put = (from: number, length: number, by: string) => edited.add(text.slice(0, from) + by + text.slice(from + length))
  tokens.forEach((token, at) => {
    const start = starts[at]!
    for (const by of replacements(tokens, at)) put(start, token.length, by)
    for (const [phrase, ...others] of PHRASES) if (text.startsWith(phrase, start)) for (const by of others) put(start, phrase.length, by)
    if (token === "::") for (const [length, by] of castEdits(text.slice(start + 2), harmless)) put(start, 2 + length, by)
    if (token === "," && (harmless || !text.startsWith("FOR VALUES IN")))
      for (const [from, length, by] of exchanged(tokens, starts, at)) put(from, length, by)
    if (token === "AND" || token === "OR")
      for (const [from, to] of dropped(tokens, at)) put(starts[from]!, tokens.slice(from, to).join("").length, "")
    if (token === "(" && !isName(tokens[at - 1])) for (const by of negated(tokens, at)) put(start, by.length - 4, by)
  })
  edited.delete(text)
  return [...edited]
}

function replacements(tokens: readonly string[], at: number): readonly string[] {
  const token = tokens[at]!
  if (/^\d/.test(token)) return [String(Number(token) + 1), `${token}0`]
  if (token.startsWith("'")) return stringEdits(token)
  const listed = [...(OPERATORS[token] ?? []), ...(WORDS[token] ?? [])]
  const isColumn = COLUMNS.includes(token) && tokens[at - 1] !== "::" && tokens[at + 1] !== "." && tokens[at + 1] !== "("
  return isColumn ? [...listed, ...COLUMNS.filter((column) => column !== token)] : listed
}

function stringEdits(token: string): readonly string[] {
  const content = token.slice(1, -1)
  const number = /^-?\d+$/.test(content) ? [`'${Number(content) + 1}'`] : []
  return ["NULL", "''", `'${content}z'`, `'${content} '`, `'${content.toUpperCase()}'`, ...number].filter((each) => each !== token)
}

function castEdits(after: string, harmless: boolean): readonly (readonly [length: number, by: string])[] {
  const type = TYPE.exec(after)?.[0]
  if (type === undefined) return []
  const others = TYPES.filter((each) => each !== type).map((each) => `::${each}`)
  const isLabel = /^(text|character varying)(\[\])?$/.test(type)
  return [...(isLabel && !harmless ? [] : [""]), ...others].map((by) => [type.length, by] as const)
}

/** `a, b` → `b, a`, of elements that have no comma outside of parentheses. */
function exchanged(
  tokens: readonly string[],
  starts: readonly number[],
  at: number,
): readonly (readonly [from: number, length: number, by: string])[] {
  const [first, last] = [edge(tokens, at - 1, -1), edge(tokens, at + 1, 1)]
  const [one, other] = [tokens.slice(first, at).join(""), tokens.slice(at + 1, last + 1).join("")]
  const length = one.length + 1 + other.length
  return one.trim() === other.trim()
    ? []
    : [
        [starts[first]!, length, `${other.trim()}, ${one.trim()}`],
        [starts[first]!, length, ` ${one.trim()}`],
      ]
}

function edge(tokens: readonly string[], from: number, step: 1 | -1): number {
  let depth = 0
  let at = from
  for (; at >= 0 && at < tokens.length; at += step) {
    const token = tokens[at]!
    if ("([".includes(token)) depth += step
    if (")]".includes(token)) depth -= step
    if (depth < 0 || (depth === 0 && [",", ";", "FROM", "SELECT", "BY"].includes(token))) break
  }
  return at - step
}

/** The tokens of one side of AND or OR with the word itself: `[from, to)`. */
function dropped(tokens: readonly string[], at: number): readonly (readonly [from: number, to: number])[] {
  const [left, right] = [closing(tokens, at - 2, -1), closing(tokens, at + 2, 1)]
  return [...(left === undefined ? [] : [[left, at + 1] as const]), ...(right === undefined ? [] : [[at, right + 1] as const])]
}

function negated(tokens: readonly string[], at: number): readonly string[] {
  const end = closing(tokens, at, 1)
  return end === undefined ? [] : [`NOT ${tokens.slice(at, end + 1).join("")}`]
}

function closing(tokens: readonly string[], from: number, step: 1 | -1): number | undefined {
  if (tokens[from] !== (step === 1 ? "(" : ")")) return undefined
  let depth = 0
  for (let at = from; at >= 0 && at < tokens.length; at += step) {
    if (tokens[at] === "(") depth += step
    if (tokens[at] === ")") depth -= step
    if (depth === 0) return at
  }
  return undefined
}

function isName(token: string | undefined): boolean {
  return token !== undefined && /^[\p{L}_"]/u.test(token)
}
