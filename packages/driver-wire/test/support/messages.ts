/** Bodies of messages as a server writes them. */

const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255])
const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value)])

export function dataRow(values: readonly (Buffer | null)[]): Buffer {
  const parts = values.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value]))
  return Buffer.concat([int16(values.length), ...parts])
}

export interface Column {
  readonly name: string
  readonly typeId: number
  readonly tableId?: number
  readonly columnId?: number
  readonly format?: number
}

export function rowDescription(columns: readonly Column[]): Buffer {
  const parts = columns.flatMap(({ name, typeId, tableId = 0, columnId = 0, format = 0 }) => [
    Buffer.from(`${name}\0`),
    int32(tableId),
    int16(columnId),
    int32(typeId),
    int16(-1),
    int32(-1),
    int16(format),
  ])
  return Buffer.concat([int16(columns.length), ...parts])
}
