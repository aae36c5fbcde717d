import { protocol } from "@electric-sql/pglite"

const { serialize } = protocol

/**
 * Follows every statement. COPY FROM STDIN would otherwise wait for data that never comes and end PGlite's whole process
 * ("Program terminated with exit(1)", every later call hangs); outside of COPY a server ignores it.
 */
const NO_COPY = serialize.copyFail("COPY FROM STDIN is not done through query()")

/** The simple protocol: one text, any number of statements. */
export function simpleQuery(sql: string): Uint8Array {
  return concatenated([serialize.query(sql), NO_COPY])
}

/** The extended protocol: one statement, unnamed when `name` is `""`; `known` when the server has it already. */
export function extendedQuery(sql: string, params: readonly (string | null)[], name: string, known: boolean): Uint8Array {
  return concatenated([
    ...(known ? [] : [serialize.parse({ name, text: sql })]),
    serialize.bind({ statement: name, values: [...params] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
    NO_COPY,
    serialize.sync(),
  ])
}

/** With all its data behind it; without data a COPY TO. */
export function copyStatement(sql: string, data: Uint8Array | undefined): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let at = 0; data !== undefined && at < data.length; at += COPY_PIECE_BYTES)
    pieces.push(serialize.copyData(new Uint8Array(data.subarray(at, at + COPY_PIECE_BYTES)).buffer))
  return concatenated([
    serialize.parse({ text: sql }),
    serialize.bind({}),
    serialize.execute({}),
    ...pieces,
    data === undefined ? NO_COPY : serialize.copyDone(),
    serialize.sync(),
  ])
}

/** The server takes no message of 1 GB. */
const COPY_PIECE_BYTES = 1 << 20

function concatenated(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((length, message) => length + message.byteLength, 0))
  let offset = 0
  for (const message of messages) {
    bytes.set(new Uint8Array(message), offset)
    offset += message.byteLength
  }
  return bytes
}
