import { parseValue } from "@pgsd/driver/adapter"
import { type Cycle, stringAt } from "./frames.ts"

/** What a peer sent after its login, in order, and how many cycles had arrived by then. */
export interface Sent {
  readonly bytes: Buffer
  readonly cycles: number
}

/** The answer to one statement. */
export interface Reading {
  readonly rows: unknown[][]
  readonly names: readonly string[]
  readonly tag: string
  /** An error or a COPY: the statement must not resolve. */
  readonly refused: boolean
}

interface Column {
  readonly name: string
  readonly typeId: number
  readonly format: number
}

/** Types of messages; those of fe-protocol3.c's VALID_LONG_MESSAGE_TYPE may be longer than 30,000 bytes. */
const SHORT = new Set("RK23CcGHWIvnSsZ1")
const LONG = new Set("TDdENAt")

/**
 * The simplest reader of the protocol, independent of the one under test: one answer for each cycle with a complete one, in
 * order. It ends at the first protocol violation, and where it depends on timing whose answer a message is (`ends` says
 * which).
 */
export function readAll(
  sent: readonly Sent[],
  cycles: readonly Cycle[],
): { readonly readings: readonly Reading[]; readonly ends: "whole" | "malformed" | "ambiguous" } {
  const bytes = Buffer.concat(sent.map((each) => each.bytes))
  const known = new Map<string, readonly Column[] | undefined>()
  const readings: Reading[] = []
  let open = answer()
  let at = 0
  const finish = (ends: "whole" | "malformed" | "ambiguous") => ({ readings, ends })
  while (bytes.length - at >= 5) {
    const type = String.fromCharCode(bytes[at]!)
    const length = bytes.readUInt32BE(at + 1)
    if (length < 4 || !(LONG.has(type) || (SHORT.has(type) && length <= 30_000))) return finish("malformed")
    const body = bytes.subarray(at + 5, at + 1 + length)
    if (body.length < length - 4) return finish("whole")
    if (type === "R" || type === "v") return finish("malformed")
    const arrived = arrivedAt(sent, at)
    if ("TDCEGHWIZ".includes(type) && readings.length >= arrived) return finish("ambiguous")
    const cycle = cycles[readings.length]!
    at += 1 + length
    if (type === "T") {
      const columns = columnsOf(body)
      if (columns === undefined) return finish("malformed")
      open.columns = columns
      open.rows = []
      if (columns.some(({ format }) => format !== 0)) open.refused = true
    } else if (type === "D") {
      // The rows of a refused statement are skipped.
      if (open.refused) continue
      const columns = open.columns ?? boundColumns(cycle, known)
      const row = columns && rowOf(body, columns)
      if (row === undefined) return finish("malformed")
      open.rows.push(row)
    } else if (type === "C") open.tag = body.toString("latin1", 0, body.length - 1)
    // What completes an empty statement: it has no tag.
    else if (type === "I") open.tag = ""
    else if ("EGHW".includes(type)) open.refused = true
    else if (type === "Z") {
      if (body.length !== 1 || !"ITE".includes(String.fromCharCode(body[0]!))) return finish("malformed")
      const columns = open.columns ?? (cycle.sql === undefined ? boundColumns(cycle, known) : undefined)
      if (cycle.sql !== undefined && cycle.name) {
        if (open.refused) known.delete(cycle.name)
        else known.set(cycle.name, open.columns)
      }
      readings.push({ rows: open.rows, names: (columns ?? []).map(({ name }) => name), tag: open.tag, refused: open.refused })
      open = answer()
    }
  }
  return finish("whole")
}

function answer(): { rows: unknown[][]; columns: readonly Column[] | undefined; tag: string; refused: boolean } {
  return { rows: [], columns: undefined, tag: "", refused: false }
}

/** How many cycles the peer had received when it sent the byte at `at`. */
function arrivedAt(sent: readonly Sent[], at: number): number {
  let end = 0
  for (const { bytes, cycles } of sent) {
    end += bytes.length
    if (at < end) return cycles
  }
  return 0
}

/** Of a statement that is not described again: its described columns, in the requested formats. */
function boundColumns(
  { sql, name, formats }: Cycle,
  known: ReadonlyMap<string, readonly Column[] | undefined>,
): readonly Column[] | undefined {
  if (sql !== undefined || name === undefined) return undefined
  return known.get(name)?.map((column, i) => ({ ...column, format: formats.length === 1 ? formats[0]! : (formats[i] ?? 0) }))
}

function columnsOf(body: Buffer): Column[] | undefined {
  if (body.length < 2) return undefined
  const columns: Column[] = []
  let at = 2
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at)
    if (end < 0 || end + 19 > body.length) return undefined
    columns.push({ name: stringAt(body, at).text, typeId: body.readUInt32BE(end + 7), format: body.readUInt16BE(end + 17) })
    at = end + 19
  }
  return at === body.length ? columns : undefined
}

function rowOf(body: Buffer, columns: readonly Column[]): unknown[] | undefined {
  if (body.length < 2 || body.readUInt16BE(0) !== columns.length) return undefined
  const row: unknown[] = []
  let at = 2
  for (const { typeId, format } of columns) {
    if (body.length - at < 4) return undefined
    const length = body.readInt32BE(at)
    at += 4
    if (length < -1 || at + Math.max(0, length) > body.length) return undefined
    const value = body.subarray(at, at + Math.max(0, length))
    at += Math.max(0, length)
    if (length === -1) row.push(null)
    else if (format === 0) row.push(parseValue(typeId, value.toString("utf8")))
    else if (typeId === 17) row.push(new Uint8Array(value))
    else if (typeId === 701 && length === 8) row.push(value.readDoubleBE(0))
    else return undefined
  }
  return at === body.length ? row : undefined
}
