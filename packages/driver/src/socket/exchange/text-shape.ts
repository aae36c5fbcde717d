import type { Row } from "../../contract.ts"
import type { RowShape, Statement } from "../adapter.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import { readRowDescription } from "./row-description.ts"
import { arrayReader, rowReader } from "./row-reader.ts"

/** How to read rows that a driver with its own parser does not see. */
export function textShape({ types, asArrays }: Statement, description: Buffer, start: number): RowShape {
  const fields = readRowDescription(description, start)
  const make = (asArrays ? arrayReader : rowReader)(fields, types)
  return { fields, read: (bytes, from, end): Row => make(textsOf(bytes, from, end, fields.length)) }
}

function textsOf(bytes: Buffer, start: number, end: number, columns: number): (string | null)[] {
  if (end - start < 2 || bytes.readUInt16BE(start) !== columns)
    throw new ProtocolViolation("the number of values in a row differs from the number of columns")
  const texts: (string | null)[] = []
  let at = start + 2
  for (let column = 0; column < columns; column++) {
    if (end - at < 4) throw new ProtocolViolation("a row is truncated")
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < -1 || length > end - at) throw new ProtocolViolation("a row is truncated")
    texts.push(length === -1 ? null : bytes.toString("utf8", at, at + length))
    at += Math.max(0, length)
  }
  if (at !== end) throw new ProtocolViolation("a row is longer than its values")
  return texts
}
