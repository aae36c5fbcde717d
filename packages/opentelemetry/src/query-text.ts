import type { PoolQueryTrace } from "@pgsd/pool"
import { summaryOf } from "./query-summary.ts"
import { type Token, tokensOf } from "./tokens.ts"

/** Longer strings are truncated first: a bulk insert does not belong in an attribute. */
const LONGEST = 4_096
/** Number of statements whose descriptions are cached: programs have few, and send them often. */
const REMEMBERED = 256

export type QueryText = "sanitized" | "full" | "none"

export interface Description {
  readonly summary: string
  readonly text: string | undefined
}

/** A statement's description for spans and metrics. */
export class Descriptions {
  readonly #queryText: QueryText
  readonly #known = new Map<string, Description>()

  constructor(queryText: QueryText) {
    this.#queryText = queryText
  }

  /** Of a statement, or a batch of at least two. */
  ofAll({ sql, batch }: Pick<PoolQueryTrace, "sql" | "batch">): Description & { readonly size: number | undefined } {
    if (batch === undefined || batch.length < 2) return { ...this.of(batch?.[0] ?? sql), size: undefined }
    const all = batch.map((each) => this.of(each))
    const summary = same(all.map((each) => each.summary))
    const text = joined(all)
    return { summary: summary ? `BATCH ${summary}` : "BATCH", text, size: batch.length }
  }

  of(sql: string): Description {
    if (sql.length > LONGEST) return this.#describe(startOf(sql))
    const known = this.#known.get(sql)
    if (known !== undefined) return known
    const description = this.#describe(sql)
    const [oldest] = this.#known.size < REMEMBERED ? [] : this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(sql, description)
    return description
  }

  #describe(sql: string): Description {
    const tokens = tokensOf(sql)
    const text = { sanitized: () => sanitized(tokens), full: () => sql, none: () => undefined }[this.#queryText]()
    return { summary: summaryOf(tokens), text }
  }
}

/** Without comments and with `?` for every literal: what remains identifies the statement and contains no user input. */
function sanitized(tokens: readonly Token[]): string {
  const shown = ({ kind, text }: Token) => (kind === "literal" ? "?" : kind === "comment" ? " " : text)
  return tokens.map(shown).join("").trim()
}

/** A copy: a slice in V8 retains the whole string, and spans wait for their export. */
function startOf(sql: string): string {
  return Buffer.from(sql.slice(0, LONGEST), "utf16le").toString("utf16le")
}

/** Of statements with one text that text, as the conventions say; otherwise all, as far as they fit into an attribute. */
function joined(all: readonly Description[]): string | undefined {
  const [first] = all
  if (first?.text === undefined || same(all.map(({ text }) => text)) !== undefined) return first?.text
  let text = ""
  for (const each of all) {
    text += `${text === "" ? "" : "; "}${each.text}`
    if (text.length > LONGEST) return startOf(text)
  }
  return text
}

/** What all of them are, if they are the same. */
function same<T>(values: readonly T[]): T | undefined {
  return values.every((each) => each === values[0]) ? values[0] : undefined
}
