import type { ValueParsers } from "@pgsd/driver"
import { readRowDescription } from "@pgsd/driver/socket"
import { RowSet } from "./row-set.ts"

const MAX_ROW_SETS = 512
/** Longer descriptions (some 500 columns) are parsed anew each time. */
const MAX_DESCRIPTION_BYTES = 16_384

const known = new Map<string, RowSet>()
const knownOfTypes = new WeakMap<ValueParsers, Map<string, RowSet>>()

/**
 * Returns the parsed RowDescription. A byte-identical one is the same object, so that its fields and the hidden class of its rows are
 * created once for all connections.
 */
export function rowSetOf(bytes: Buffer, start: number, end: number, types: ValueParsers | undefined): RowSet {
  if (end - start > MAX_DESCRIPTION_BYTES) return new RowSet(readRowDescription(bytes, start), types)
  const sets = types === undefined ? known : setsOfTypes(types)
  const key = bytes.latin1Slice(start, end)
  let set = sets.get(key)
  if (set === undefined) {
    if (sets.size >= MAX_ROW_SETS) sets.clear()
    set = new RowSet(readRowDescription(bytes, start), types)
    sets.set(key, set)
  }
  return set
}

function setsOfTypes(types: ValueParsers): Map<string, RowSet> {
  let sets = knownOfTypes.get(types)
  if (sets === undefined) {
    sets = new Map()
    knownOfTypes.set(types, sets)
  }
  return sets
}
