import type { Field, Row } from "../../contract.ts"
import { parseValue, type ValueParser, type ValueParsers, valueParsers } from "../../values.ts"

/** The texts of one row, in the order of the fields. */
export type RowTexts = readonly (string | null)[]

/**
 * Makes a row of its texts, with each column's parser looked up once. Of columns with the same name the last one wins;
 * every name is an own property, `__proto__` too.
 */
export function rowReader(fields: readonly Field[], types: ValueParsers | undefined): (texts: RowTexts) => Row {
  const names = fields.map((field) => field.name)
  const parsers = fields.map(({ typeId }) => parserOf(typeId, types))
  const blank = blankRow(fields)
  return (texts) => {
    const row = { ...blank }
    for (let i = 0; i < names.length; i++) {
      const text = texts[i] as string | null
      const parser = parsers[i]
      row[names[i]!] = text === null || parser === undefined ? text : parser(text)
    }
    return row
  }
}

/**
 * A row without values, to be copied for each row, so that all of them have one hidden class. Every name is a property of its own,
 * `__proto__` too. Defined, not assigned: V8 makes a dictionary of an object that is assigned more than a dozen names.
 */
export function blankRow(fields: readonly Field[]): Row {
  const blank: Row = {}
  for (const { name } of fields) Object.defineProperty(blank, name, { value: null, enumerable: true, configurable: true, writable: true })
  return blank
}

/** Rows as arrays in the order of the fields: of columns with the same name none is lost. */
export function arrayReader(fields: readonly Field[], types: ValueParsers | undefined): (texts: RowTexts) => Row {
  const parsers = fields.map(({ typeId }) => parserOf(typeId, types))
  return (texts) =>
    parsers.map((parser, i) => {
      const text = texts[i] as string | null
      return text === null || parser === undefined ? text : parser(text)
    })
}

function parserOf(typeId: number, types: ValueParsers | undefined): ValueParser | undefined {
  return types === undefined ? valueParsers[typeId] : (text) => parseValue(typeId, text, types)
}
