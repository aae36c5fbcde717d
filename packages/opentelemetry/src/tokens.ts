import { endOfQuoted } from "@pgsd/driver"

export interface Token {
  /** `mark`: white space and punctuation, one character each. */
  readonly kind: "word" | "quoted" | "literal" | "comment" | "mark"
  readonly text: string
}

// As in scan.l: identifiers may contain `$`, and `$1` is a parameter rather than a number.
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$\d+/y
const NUMBER = /\.?\d[\w.]*/y
/** Changes how the string after it is read. */
const PREFIX = /^(?:[ebxn]|u&)$/i

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < sql.length; ) {
    const end = endOfQuoted(sql, at)
    if (end > at) {
      const kind = kindOf(sql[at]!)
      if (kind === "literal") dropPrefix(tokens)
      tokens.push({ kind, text: sql.slice(at, end) })
      at = end
      continue
    }
    const word = matchAt(WORD, sql, at)
    const text = word ?? matchAt(NUMBER, sql, at) ?? sql[at]!
    tokens.push({ kind: word !== undefined ? wordKind(text) : text.length > 1 || /\d/.test(text) ? "literal" : "mark", text })
    at += text.length
  }
  return tokens
}

function kindOf(first: string): Token["kind"] {
  if (first === '"') return "quoted"
  return first === "-" || first === "/" ? "comment" : "literal"
}

function wordKind(word: string): Token["kind"] {
  return /^(?:true|false)$/i.test(word) ? "literal" : "word"
}

/** E'…', B'…', U&'…': the letter is part of the literal. */
function dropPrefix(tokens: Token[]): void {
  const length = tokens.at(-1)?.text === "&" ? 2 : 1
  const text = tokens.slice(-length).map((token) => token.text)
  if (PREFIX.test(text.join(""))) tokens.splice(-length)
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}
