import { parseValue, valueParsers } from "../../adapter/values.ts"
import type { Field, Row, ValueParser, ValueParsers } from "../../contract.ts"

/** The values of one row as text, in the order of the fields. */
export type RowTexts = readonly (string | null)[]

/**
 * Converts the texts of rows to objects, with each column's parser looked up once. Of columns with the same name the last one wins; every
 * name becomes an own property, even `__proto__`.
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

/** V8 switches an object to dictionary mode after about 15 assignments of new names; a definition takes six times as long. */
const MOST_ASSIGNED = 8

/** The template that each row is a copy of, so that all rows share one hidden class. Every name becomes an own property, even `__proto__`. */
export function blankRow(fields: readonly Field[]): Row {
  const blank: Row = {}
  const assigned = fields.length <= MOST_ASSIGNED
  for (const { name } of fields)
    if (assigned && name !== "__proto__") blank[name] = null
    else Object.defineProperty(blank, name, { value: null, enumerable: true, configurable: true, writable: true })
  return blank
}

/** Converts rows to arrays in the order of the fields, which keeps columns with the same name. */
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
