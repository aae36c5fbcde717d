import { type Field, parseValue, type QueryOptions, type QueryResult, type Row, type ValueParsers } from "@pgsd/driver"
import type { FakeResult, FakeWireRows } from "./script.ts"
import { commandOf } from "./statements.ts"

/** The result of one statement as the contract has it. */
export function queryResult(statement: string, result: FakeResult, { types, rowMode }: QueryOptions): QueryResult {
  const { wire } = result
  const rows = wire === undefined ? [...(result.rows ?? [])] : wire.rows.map((row) => parsedRow(wire, row, types))
  const fields = result.fields ?? fieldsOf(wire, rows[0])
  return {
    rows: rowMode === "array" ? rows.map((row) => fields.map(({ name }) => row[name] as unknown)) : rows,
    rowCount: result.rowCount ?? rows.length,
    command: result.command ?? commandOf(statement),
    fields,
  }
}

function fieldsOf(wire: FakeWireRows | undefined, row: Row | undefined): readonly Field[] {
  if (wire !== undefined) return wire.columns.map(([name, typeId]) => ({ name, typeId, tableId: 0, columnId: 0 }))
  return Object.entries(row ?? {}).map(([name, value]) => ({ name, typeId: typeOf(value), tableId: 0, columnId: 0 }))
}

// The OID under which the value table would have made such a value; text for everything else.
function typeOf(value: unknown): number {
  if (typeof value === "boolean") return 16
  if (typeof value === "number") return Number.isSafeInteger(value) ? 23 : 701
  if (value instanceof Date) return 1184
  if (value instanceof Uint8Array) return 17
  return typeof value === "object" && value !== null && !Array.isArray(value) ? 3802 : 25
}

function parsedRow(wire: FakeWireRows, row: readonly (string | null)[], types: ValueParsers | undefined): Row {
  return Object.fromEntries(wire.columns.map(([name, typeId], index) => [name, parseValue(typeId, row[index] ?? null, types)]))
}
