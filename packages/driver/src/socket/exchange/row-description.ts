import type { Field } from "../../contract.ts"
import { PgsdError } from "../../errors.ts"

/**
 * Reads the fields of a RowDescription whose shape was checked by the Tap.
 *
 * @throws PgsdError PGSD_UNSUPPORTED for a column in binary format, which only a binary cursor can cause
 */
export function readRowDescription(bytes: Buffer, start: number): readonly Field[] {
  const fields: Field[] = []
  let at = start + 2
  for (let left = bytes.readUInt16BE(start); left > 0; left--) {
    const end = bytes.indexOf(0, at)
    const name = bytes.toString("utf8", at, end)
    if (bytes.readInt16BE(end + 17) !== 0) throw binaryColumn(name)
    const field = { name, typeId: bytes.readUInt32BE(end + 7), tableId: bytes.readUInt32BE(end + 1), columnId: bytes.readInt16BE(end + 5) }
    fields.push(Object.freeze(field))
    at = end + 19
  }
  return Object.freeze(fields)
}

function binaryColumn(name: string): PgsdError {
  const hint = "declare the cursor without BINARY"
  return new PgsdError("PGSD_UNSUPPORTED", `column "${name}" is in binary format, which the value table does not cover (${hint})`, {
    hint,
  })
}
