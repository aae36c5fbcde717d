import type { Field, ValueParsers } from "@pgsd/driver"
import type { RowShape } from "@pgsd/driver/socket"
import { BINARY_PARSERS } from "./byte-parsers.ts"
import { RowReader } from "./row-reader.ts"

/** A parsed RowDescription, with lazily created readers for its rows. */
export class RowSet {
  readonly fields: readonly Field[]
  /** Parsers that override the value table: their columns are read as text. */
  readonly types: ValueParsers | undefined
  /** Result formats for Bind; undefined if text is better for all columns. */
  readonly formats: readonly number[] | undefined
  readonly #text = new Readers()
  readonly #binary = new Readers()

  constructor(fields: readonly Field[], types: ValueParsers | undefined) {
    this.fields = fields
    this.types = types
    const formats = fields.map(({ typeId }) => (BINARY_PARSERS[typeId] !== undefined && types?.[typeId] === undefined ? 1 : 0))
    this.formats = formats.includes(1) ? formats : undefined
  }

  /** Reads rows in text format. */
  reader(asArrays: boolean): RowShape {
    return this.#text.get(this, asArrays, undefined)
  }

  /** Reads rows requested in {@link formats}. */
  binaryReader(asArrays: boolean): RowShape {
    return this.#binary.get(this, asArrays, this.formats)
  }
}

class Readers {
  #objects: RowReader | undefined
  #arrays: RowReader | undefined

  get({ fields, types }: RowSet, asArrays: boolean, formats: readonly number[] | undefined): RowReader {
    const known = asArrays ? this.#arrays : this.#objects
    if (known !== undefined) return known
    const reader = new RowReader(fields, types, asArrays, formats)
    if (asArrays) this.#arrays = reader
    else this.#objects = reader
    return reader
  }
}
