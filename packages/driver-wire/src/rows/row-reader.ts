import type { Field, Row, ValueParser, ValueParsers } from "@pgsd/driver"
import { parseValue, valueParsers } from "@pgsd/driver/adapter"
import { blankRow, ProtocolViolation, type RowShape } from "@pgsd/driver/socket"
import { BINARY_PARSERS, type ByteParser, TEXT_PARSERS } from "./byte-parsers.ts"

declare global {
  interface Buffer {
    /** toString("latin1", …) without the encoding lookup. Undocumented, present in every supported Node. */
    latin1Slice(start: number, end: number): string
    utf8Slice(start: number, end: number): string
  }
}

/** From this many string columns on, decoding the row once is cheaper than decoding each value. */
const WHOLE_ROW_COLUMNS = 2
/** Longer rows are decoded value by value, because a slice retains the string it was cut from. */
const WHOLE_ROW_BYTES = 2_048
/** Longer values are decoded on their own: checking that they are ASCII would cost more. */
const SLICE_BYTES = 64

/**
 * Converts DataRow messages to rows, with each column's parser looked up once. Of columns with the same name the last one wins; every name
 * becomes an own property, even `__proto__`.
 */
export class RowReader implements RowShape {
  readonly fields: readonly Field[]
  /** Property names, or indices. */
  readonly #keys: readonly (string | number)[]
  /** Copied for each row, so that all rows share one hidden class; undefined: rows are arrays. */
  readonly #blank: Row | undefined
  readonly #formats: readonly number[] | undefined
  /** By column: a parser for bytes … */
  readonly #byteParsers: readonly (ByteParser | undefined)[]
  /** … and one for text, for values the former cannot read; without either, the value is its text. */
  readonly #textParsers: readonly (ValueParser | undefined)[]
  readonly #wholeRow: boolean

  /**
   * @param types parsers that override the value table
   * @param formats by column, 1 for binary; undefined: text for all
   */
  constructor(fields: readonly Field[], types: ValueParsers | undefined, asArrays: boolean, formats: readonly number[] | undefined) {
    this.fields = fields
    this.#formats = formats
    this.#keys = fields.map(({ name }, column) => (asArrays ? column : name))
    this.#blank = asArrays ? undefined : blankRow(fields)
    this.#byteParsers = fields.map(({ typeId }, column) => {
      if (formats?.[column] === 1) return BINARY_PARSERS[typeId]
      return types === undefined ? TEXT_PARSERS[typeId] : undefined
    })
    this.#textParsers = fields.map(({ typeId }) => (types === undefined ? valueParsers[typeId] : (text) => parseValue(typeId, text, types)))
    this.#wholeRow = this.#byteParsers.filter((parser) => parser === undefined).length >= WHOLE_ROW_COLUMNS
  }

  /** @throws ProtocolViolation if the row does not match the fields, and anything that a parser of `types` throws */
  read(bytes: Buffer, start: number, end: number): Row {
    const keys = this.#keys
    const count = keys.length
    if (end - start < 2 || ((bytes[start]! << 8) | bytes[start + 1]!) !== count)
      throw new ProtocolViolation("the number of values in a row differs from the number of columns")
    const whole = this.#wholeRow && end - start <= WHOLE_ROW_BYTES ? bytes.latin1Slice(start, end) : undefined
    const row: Row = this.#blank === undefined ? (new Array(count) as unknown as Row) : { ...this.#blank }
    let at = start + 2
    for (let column = 0; column < count; column++) {
      if (end - at < 4) throw new ProtocolViolation("a row is truncated")
      const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
      at += 4
      if (length === -1) {
        row[keys[column]!] = null
        continue
      }
      const valueEnd = at + length
      if (length < 0 || valueEnd > end) throw new ProtocolViolation("a row is truncated")
      let value = this.#byteParsers[column]?.(bytes, at, valueEnd)
      if (value === undefined) {
        if (this.#formats?.[column] === 1) throw new ProtocolViolation("the length of a binary value does not match its type")
        const slice = whole !== undefined && length <= SLICE_BYTES && isAscii(bytes, at, valueEnd)
        const text = slice ? whole.slice(at - start, valueEnd - start) : bytes.utf8Slice(at, valueEnd)
        const parse = this.#textParsers[column]
        value = parse === undefined ? text : parse(text)
      }
      row[keys[column]!] = value
      at = valueEnd
    }
    if (at !== end) throw new ProtocolViolation("a row is longer than its values")
    return row
  }
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0
  for (let at = start; at < end; at++) all |= bytes[at]!
  return all < 128
}
