import { serializeParameter } from "../adapter/values/serialize-parameter.ts"
import type { CopySource } from "../calls/queryable.ts"
import { formatOptionOf } from "../copy-statement.ts"
import { isPgsdError, PgsdError } from "../errors.ts"
import { isWellFormed } from "../well-formed.ts"
import type { StallWatch } from "./stall-watch.ts"

/** Small parts are collected up to this size, because each message holds one part. */
const CHUNK_BYTES = 65_536
/** Larger chunks are sent in slices of this size, so that progress is visible. */
const SLICE_BYTES = 262_144

/**
 * Converts bytes, strings or rows to the bytes of a COPY.
 *
 * @param watch notified of every part; when it has ended, the source is closed at its next part
 * @throws PgsdError PGSD_INVALID_PARAMETER for an invalid part, when it is reached
 */
export async function* chunksOf(
  sql: string,
  source: CopySource,
  undefinedAs: "null" | undefined,
  watch: Pick<StallWatch, "isOver" | "moved">,
): AsyncGenerator<Uint8Array, void> {
  const gathered = new Gathered(new RowEncoder(sql, undefinedAs))
  const isFull = (part: unknown) => {
    watch.moved()
    return gathered.add(part)
  }
  const parts = partsOf(source)
  if (Symbol.asyncIterator in parts) {
    for await (const part of parts) {
      if (watch.isOver) return
      if (isFull(part)) yield* slices(gathered.take(false))
    }
  } else
    for (const part of parts) {
      if (watch.isOver) return
      if (isFull(part)) yield* slices(gathered.take(false))
    }
  yield* slices(gathered.take(true))
}

function* slices(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += SLICE_BYTES) yield chunk.subarray(at, at + SLICE_BYTES)
}

function partsOf(source: CopySource): Iterable<unknown> | AsyncIterable<unknown> {
  // Strings and Uint8Arrays are iterable, too, by characters and numbers, which is never intended.
  if (typeof source === "string" || source instanceof Uint8Array) return [source]
  const iterable = typeof source === "object" && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source)
  if (iterable) return source
  throw new PgsdError("PGSD_INVALID_PARAMETER", "the source of copyFrom() must be an iterable, an async iterable or a Readable")
}

/** Data waiting to be sent: bytes, followed by text. */
class Gathered {
  readonly #rows: RowEncoder
  #bytes: Uint8Array[] = []
  #length = 0
  #text = ""

  constructor(rows: RowEncoder) {
    this.#rows = rows
  }

  /** Whether there is enough to send. */
  add(part: unknown): boolean {
    if (typeof part === "string") this.#text += part
    else if (Array.isArray(part)) this.#text += this.#rows.encode(part)
    else if (part instanceof Uint8Array) this.#addBytes(part)
    else throw refusal(`yielded ${part === null ? "null" : `a ${typeof part}`}`, "bytes, strings, or arrays as rows")
    return this.#length + this.#text.length >= CHUNK_BYTES
  }

  #addBytes(part: Uint8Array): void {
    this.#encodeText(true)
    // The source may reuse it when asked for its next part; what is sent before that needs no copy.
    const waits = this.#length + part.length < CHUNK_BYTES
    this.#bytes.push(waits ? Buffer.from(part) : part)
    this.#length += part.length
  }

  take(last: boolean): Uint8Array {
    this.#encodeText(last)
    const chunk = this.#bytes.length === 1 ? this.#bytes[0]! : Buffer.concat(this.#bytes, this.#length)
    this.#bytes = []
    this.#length = 0
    return chunk
  }

  /** Keeps back the first half of a surrogate pair, unless it is the end. */
  #encodeText(last: boolean): void {
    const text = this.#text
    if (text === "") return
    const half = !last && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
    const whole = half ? text.slice(0, -1) : text
    this.#text = half ? text.slice(-1) : ""
    if (!isWellFormed(whole)) throw refusal("yielded an unpaired surrogate", "the text was cut inside a character")
    const bytes = Buffer.from(whole)
    this.#bytes.push(bytes)
    this.#length += bytes.length
  }
}

const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }
const SPECIAL = /[\\\n\r\t]/

/** Converts rows to lines of COPY's text format, with values serialised like query parameters. */
class RowEncoder {
  readonly #sql: string
  readonly #undefinedAs: "null" | undefined
  #line = 0

  constructor(sql: string, undefinedAs: "null" | undefined) {
    this.#sql = sql
    this.#undefinedAs = undefinedAs
  }

  encode(row: readonly unknown[]): string {
    if (++this.#line === 1) this.#checkFormat()
    let line = ""
    for (let i = 0; i < row.length; i++) line += i === 0 ? this.#value(row[i], i) : `\t${this.#value(row[i], i)}`
    return `${line}\n`
  }

  #value(value: unknown, index: number): string {
    const text = value === undefined && this.#undefinedAs === "null" ? null : this.#text(value, index)
    if (text === null) return "\\N"
    return SPECIAL.test(text) ? text.replace(/[\\\n\r\t]/g, (character) => ESCAPED[character]!) : text
  }

  #text(value: unknown, index: number): string | null {
    try {
      return serializeParameter(value)
    } catch (error) {
      if (!isPgsdError(error)) throw error
      const message = `COPY source, line ${this.#line}, column ${index + 1}: ${error.message.replace("a query parameter", "the value")}`
      throw new PgsdError(error.code, message, { cause: error.cause, hint: error.hint })
    }
  }

  #checkFormat(): void {
    const option = formatOptionOf(this.#sql)
    if (option === undefined) return
    throw refusal(
      `yielded a row for a COPY with ${option}`,
      "rows are written in the default text format; for another one yield bytes or strings",
    )
  }
}

function refusal(fact: string, hint: string): PgsdError {
  return new PgsdError("PGSD_INVALID_PARAMETER", `the source of copyFrom() ${fact} (${hint})`, { hint })
}
