import { protocol } from "@electric-sql/pglite"
import type { PipelineStep } from "@pgsd/driver"

const { serialize } = protocol

/**
 * Follows every statement. Without it, COPY FROM STDIN would wait for data forever and end PGlite's whole process ("Program terminated with
 * exit(1)", every later call hangs). Outside of COPY a server ignores it.
 */
const NO_COPY = serialize.copyFail("COPY FROM STDIN is not done through query()")

/** Makes PGlite report changed parameters, as a server does. */
export const STARTUP = serialize.startup({ user: "postgres" })

/** Prepends a Close for each name; closing a statement that does not exist is not an error. */
export function closing(names: readonly string[], request: Uint8Array): Uint8Array {
  return names.length === 0 ? request : concatenated([...names.map((name) => serialize.close({ type: "S", name })), request])
}

/** The simple protocol: one string with any number of statements. */
export function simpleQuery(sql: string): Uint8Array {
  return concatenated([serialize.query(sql), NO_COPY])
}

/** One statement under a name that may be in use, which is closed first. @param obsolete another name to close */
export function namedQuery(sql: string, params: readonly (string | null)[], name: string, obsolete: string | undefined): Uint8Array {
  const closed = obsolete === undefined ? [name] : [obsolete, name]
  return concatenated([...closed.map((each) => serialize.close({ type: "S", name: each })), extendedQuery(sql, params, name, false)])
}

/** One statement by the extended protocol, unnamed if `name` is `""`; `known` if the server has already prepared it. */
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

/** Several statements and portals, with one Sync after the last. @param values the parameters of each statement */
export function pipelinedQuery(steps: readonly PipelineStep[], values: readonly (readonly (string | null)[] | undefined)[]): Uint8Array {
  return concatenated([...steps.flatMap((step, index) => stepMessages(step, values[index])), NO_COPY, serialize.sync()])
}

function stepMessages(step: PipelineStep, values: readonly (string | null)[] = []): readonly Uint8Array[] {
  if ("close" in step) return [serialize.close({ type: "P", name: step.close })]
  const portal = "sql" in step ? (step.portal ?? "") : step.fetch
  return [
    ...("sql" in step ? [serialize.parse({ text: step.sql }), serialize.bind({ portal, values: [...values] })] : []),
    serialize.describe({ type: "P", name: portal }),
    serialize.execute({ portal, rows: step.rows ?? 0 }),
  ]
}

/** Followed by all its data; a COPY TO has none. */
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

/** The server rejects a message of 1 GB. */
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
