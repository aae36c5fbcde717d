import type { Field, QueryOptions, QueryResult, Row, ValueParser, ValueParsers } from "@pgsd/driver"
import { parseValue } from "@pgsd/driver/adapter"
import type { FakeResult, FakeWireRows } from "./script.ts"
import { commandOf } from "./statements.ts"

type Form = Pick<QueryOptions, "types" | "rowMode">

export interface Unread {
  /** A value parser's exception: the server has executed the statement, and knows nothing of it. */
  unread: { readonly error: unknown } | undefined
}

/** Builds a result with parsers that do not throw: exceptions are recorded. */
export function guarded({ types, rowMode }: Form, noted: Unread): Form {
  if (types === undefined) return { rowMode }
  const parsers = Object.entries(types).map(([typeId, parser]) => {
    const parse: ValueParser = (text) => {
      try {
        return parser(text)
      } catch (error) {
        noted.unread ??= { error }
        return undefined
      }
    }
    return [typeId, parse]
  })
  return { types: Object.fromEntries(parsers), rowMode }
}

/** The result of one statement, as in the contract. */
export function queryResult(statement: string, result: FakeResult, { types, rowMode }: Form): QueryResult {
  const { wire } = result
  const fields = result.fields ?? (wire === undefined ? fieldsOfRow(result.rows?.[0]) : fieldsOfWire(wire))
  const rows = wire === undefined ? shaped(result.rows ?? [], fields, rowMode) : parsed(wire, types, rowMode)
  return { rows, rowCount: result.rowCount ?? rows.length, command: result.command ?? commandOf(statement), fields }
}

function fieldsOfWire({ columns }: FakeWireRows): readonly Field[] {
  return columns.map(([name, typeId]) => ({ name, typeId, tableId: 0, columnId: 0 }))
}

function fieldsOfRow(row: Row | undefined): readonly Field[] {
  return Object.entries(row ?? {}).map(([name, value]) => ({ name, typeId: typeOf(value), tableId: 0, columnId: 0 }))
}

// The OID that the value table would parse to such a value; text for everything else.
function typeOf(value: unknown): number {
  if (typeof value === "boolean") return 16
  if (typeof value === "number") return Number.isSafeInteger(value) ? 23 : 701
  if (value instanceof Date) return 1184
  if (value instanceof Uint8Array) return 17
  return typeof value === "object" && value !== null && !Array.isArray(value) ? 3802 : 25
}

type RowMode = QueryOptions["rowMode"]

function shaped(rows: readonly Row[], fields: readonly Field[], rowMode: RowMode): Row[] {
  return rowMode === "array" ? rows.map((row) => fields.map(({ name }) => row[name]) as unknown as Row) : [...rows]
}

function parsed({ columns, rows }: FakeWireRows, types: ValueParsers | undefined, rowMode: RowMode): Row[] {
  return rows.map((row) => {
    const values = columns.map(([, typeId], index) => parseValue(typeId, row[index] ?? null, types))
    return rowMode === "array" ? (values as unknown as Row) : Object.fromEntries(columns.map(([name], index) => [name, values[index]]))
  })
}
