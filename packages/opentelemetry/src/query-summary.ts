import type { Token } from "./tokens.ts"

const LONGEST = 255
const OPERATIONS = new Set(["select", "insert", "update", "delete", "merge"])
/** First keywords that are followed by their target. */
const ACT_ON_A_NAME = new Set(["update", "call", "copy", "truncate", "table"])
/** First keywords of statements that may contain one of OPERATIONS. The contents of other statements are not summarised. */
const AROUND = new Set([
  ...OPERATIONS,
  "with",
  "explain",
  "declare",
  "prepare",
  "create",
  "alter",
  "drop",
  "copy",
  "truncate",
  "table",
  "call",
])
const OF_DEFINITIONS = new Set(["create", "alter", "drop"])
/** Elsewhere the same word means something else: ON DELETE, FOR UPDATE, DO UPDATE, a column. SELECT is reserved. */
const BEFORE_AN_OPERATION = new Set([")", "explain", "analyze", "verbose"])
const BEFORE_A_QUERY = new Set(["as", "materialized", "copy"])
/** Words between an operation and its target. */
const BETWEEN = new Set(["only", "lateral", "table", "if", "not", "exists"])
const END_OF_FROM = new Set([
  "where",
  "group",
  "order",
  "having",
  "limit",
  "offset",
  "window",
  "union",
  "except",
  "intersect",
  "returning",
  "set",
])

/** A statement, or the contents of a pair of parentheses. */
interface Scope {
  operation?: string | undefined
  /** Whether it may start with an operation other than SELECT. */
  readonly query: boolean
  /** In a list of tables, where a comma is followed by the next one. */
  list: boolean
}

/**
 * The operations and their targets, in order, as OpenTelemetry's conventions define `db.query.summary`: `INSERT details SELECT orders`.
 * Only names, so that it does not depend on values. It scans tokens rather than parsing, and omits what it does not recognise.
 */
export function summaryOf(tokens: readonly Token[]): string {
  return new Summary(tokens.filter(({ kind, text }) => kind !== "comment" && text.trim() !== "")).toString()
}

class Summary {
  readonly #tokens: readonly Token[]
  readonly #parts: string[] = []
  #scopes: Scope[] = []
  /** The first word of the statement. */
  #first: string | undefined
  #previous = ""
  #nameComes = false

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
    for (let at = 0; at < tokens.length; ) at = this.#read(at)
  }

  toString(): string {
    let summary = this.#parts[0] ?? ""
    for (const part of this.#parts.slice(1)) {
      if (summary.length + 1 + part.length > LONGEST) break
      summary += ` ${part}`
    }
    return summary.length > LONGEST ? "" : summary
  }

  get #scope(): Scope {
    if (this.#scopes.length === 0) this.#scopes.push({ query: true, list: false })
    return this.#scopes.at(-1)!
  }

  #read(at: number): number {
    const { kind, text } = this.#tokens[at]!
    const word = kind === "word" ? text.toLowerCase() : text
    const next = kind === "mark" ? this.#mark(word, at) : kind === "literal" ? this.#literal(at) : this.#name(kind, word, at)
    this.#previous = word
    return next
  }

  #mark(mark: string, at: number): number {
    if (mark === "(") {
      this.#scopes.push({ query: BEFORE_A_QUERY.has(this.#previous), list: false })
      this.#nameComes = false
    } else if (mark === ")") this.#scopes.pop()
    else if (mark === ",") this.#nameComes = this.#scope.list
    else if (mark === ";") {
      this.#scopes = []
      this.#first = undefined
      this.#nameComes = false
    }
    return at + 1
  }

  #literal(at: number): number {
    this.#nameComes = false
    return at + 1
  }

  #name(kind: Token["kind"], word: string, at: number): number {
    if (this.#first === undefined) return this.#begins(word, at)
    if (!AROUND.has(this.#first)) return at + 1
    if (kind === "word" && this.#isOperation(word)) return this.#operates(word, at)
    if (this.#nameComes) return kind === "word" && BETWEEN.has(word) ? at + 1 : this.#target(at)
    if (kind === "word") this.#clause(word, at)
    return at + 1
  }

  #begins(word: string, at: number): number {
    this.#first = word
    if (word === "with") return at + 1
    return this.#operates(word, at)
  }

  #isOperation(word: string): boolean {
    if (!OPERATIONS.has(word) || this.#first === "alter" || this.#first === "drop") return false
    return word === "select" || BEFORE_AN_OPERATION.has(this.#previous) || (this.#previous === "(" && this.#scope.query)
  }

  #operates(word: string, at: number): number {
    this.#parts.push(this.#tokens[at]!.text)
    this.#scope.operation = word
    this.#scope.list = word === "truncate"
    this.#nameComes = ACT_ON_A_NAME.has(word)
    return at + 1
  }

  #clause(word: string, at: number): void {
    const { operation } = this.#scope
    if (operation === undefined) return
    if (OF_DEFINITIONS.has(operation) && (word === "table" || word === "view")) {
      this.#parts.push(this.#tokens[at]!.text)
      this.#nameComes = true
      return
    }
    if (word === "from" && ["select", "update", "delete"].includes(operation) && this.#previous !== "distinct") this.#tables()
    else if (word === "using" && ["delete", "merge"].includes(operation)) this.#tables()
    else if (word === "join" || (word === "into" && OPERATIONS.has(operation))) this.#nameComes = true
    else if (END_OF_FROM.has(word)) this.#scope.list = false
  }

  #tables(): void {
    this.#nameComes = true
    this.#scope.list = true
  }

  /** Includes the schema; a function in FROM is not a target. */
  #target(at: number): number {
    let end = at + 1
    while (this.#tokens[end]?.text === "." && this.#tokens[end + 1] !== undefined) end += 2
    const { operation } = this.#scope
    const isFunction = this.#tokens[end]?.text === "(" && (operation === "select" || operation === "delete")
    if (!isFunction)
      this.#parts.push(
        this.#tokens
          .slice(at, end)
          .map(({ text }) => text)
          .join(""),
      )
    this.#nameComes = false
    return end
  }
}
