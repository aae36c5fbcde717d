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

function concatenated(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((length, message) => length + message.byteLength, 0))
  let offset = 0
  for (const message of messages) {
    bytes.set(new Uint8Array(message), offset)
    offset += message.byteLength
  }
  return bytes
}
