import type { Field, ValueParsers } from "@pgsd/driver"
import type { RowShape } from "@pgsd/driver/socket"
import { BINARY_PARSERS } from "./byte-parsers.ts"
import { RowReader } from "./row-reader.ts"

/** What a RowDescription says, and the readers of its rows, each made when it is first needed. */
export class RowSet {
  readonly fields: readonly Field[]
  /** The parsers that replace those of the value table: columns that have one are read as text. */
  readonly types: ValueParsers | undefined
  /** For Bind: the columns that are asked for in the binary format; undefined when all are better read as text. */
  readonly formats: readonly number[] | undefined
  readonly #text = new Readers()
  readonly #binary = new Readers()

  constructor(fields: readonly Field[], types: ValueParsers | undefined) {
    this.fields = fields
    this.types = types
    const formats = fields.map(({ typeId }) => (BINARY_PARSERS[typeId] !== undefined && types?.[typeId] === undefined ? 1 : 0))
    this.formats = formats.includes(1) ? formats : undefined
  }

  /** Reads rows as text. */
  reader(asArrays: boolean): RowShape {
    return this.#text.get(this, asArrays, undefined)
  }

  /** Reads rows that were asked for in {@link formats}. */
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
