import { parseValue, valueParsers } from "@pgsd/driver/adapter"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { BINARY_PARSERS, TEXT_PARSERS } from "../src/rows/byte-parsers.ts"
import { RowSet } from "../src/rows/row-set.ts"
import { dataRow } from "./support/messages.ts"

/** Texts that servers send, almost send, and never send. */
const TEXTS = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.stringMatching(/^-?[0-9]{0,17}$/),
  fc.constantFrom("t", "f", "true", "", " ", "-", "-0", "00", "+1", "1e3", "0x10", "1_000", " 1", "1 ", "NaN", "Infinity", "NULL"),
  fc.stringMatching(/^[0-9]{4}-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{0,7})?[+-][0-9]{2}(:[0-9]{2})?( BC)?$/),
)

const TYPES = [
  ...new Set([...Object.keys(valueParsers), ...Object.keys(TEXT_PARSERS), ...Object.keys(BINARY_PARSERS), "25", "20", "0"]),
].map(Number)

test("a row of any type and text is parsed as by the value table, into objects and arrays, at any position in a chunk", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(...TYPES), fc.oneof({ weight: 9, arbitrary: TEXTS }, { weight: 1, arbitrary: fc.constant(null) })),
        {
          maxLength: 12,
        },
      ),
      fc.nat(9),
      (cells, before) => {
        const fields = cells.map(([typeId], column) => ({ name: `c${column}`, typeId, tableId: 0, columnId: 0 }))
        const row = Buffer.concat([
          Buffer.alloc(before, 0xff),
          dataRow(cells.map(([, text]) => (text === null ? null : Buffer.from(text)))),
        ])
        const expected = cells.map(([typeId, text]) => parseValue(typeId, text))
        const set = new RowSet(fields, undefined)
        expect(set.reader(true).read(row, before, row.length)).toStrictEqual(expected)
        expect(set.reader(false).read(row, before, row.length)).toStrictEqual(
          Object.fromEntries(expected.map((value, column) => [`c${column}`, value])),
        )
      },
    ),
    { numRuns: 2_000 },
  )
})

test("custom parsers replace those of the table, for arrays too", () => {
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES), TEXTS, (replaced, typeId, text) => {
      const types = { [replaced]: (own: string) => `<${own}>` }
      const set = new RowSet([{ name: "a", typeId, tableId: 0, columnId: 0 }], types)
      const row = dataRow([Buffer.from(text)])
      expect(set.reader(true).read(row, 0, row.length)).toStrictEqual([parseValue(typeId, text, types)])
      if (typeId === replaced) expect(set.formats).toBeUndefined()
    }),
  )
})

describe("the binary format gives the same values as text", () => {
  const read = (typeId: number, bytes: Buffer) => {
    const set = new RowSet([{ name: "a", typeId, tableId: 0, columnId: 0 }], undefined)
    expect(set.formats).toEqual([1])
    const row = dataRow([bytes])
    return (set.binaryReader(true).read(row, 0, row.length) as unknown as unknown[])[0]
  }

  test("float8", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleBE(value)
        // String() is the shortest decimal that gives the same number, as is extra_float_digits 1.
        expect(read(701, bytes)).toStrictEqual(parseValue(701, Object.is(value, -0) ? "-0" : String(value)))
      }),
    )
  })

  test("bytea, as a copy", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (value) => {
        const bytes = Buffer.from(value)
        const result = read(17, bytes)
        expect(result).toStrictEqual(parseValue(17, `\\x${bytes.toString("hex")}`))
        expect((result as Uint8Array).buffer.byteLength).toBe(value.length)
      }),
    )
  })

  test("a float8 that is not eight bytes long is an error", () => {
    expect(() => read(701, Buffer.alloc(7))).toThrow("binary value")
  })
})
