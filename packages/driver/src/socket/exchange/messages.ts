import { SYNC } from "../protocol/frontend-message.ts"
import { COPY_STOPPED } from "./exchange.ts"

const PARSE = 0x50
const COPY_DATA = 0x64
const HEADER_BYTES = 5

const FLUSH = Buffer.from([0x48, 0, 0, 0, 4])
/** Binds the unnamed statement to the unnamed portal, without parameters. */
const BIND = Buffer.from([0x42, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0])
/** Executes the unnamed portal without a row limit. */
const EXECUTE = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0])
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])

/** One statement without parameters, by the extended protocol, which accepts only one. */
function statement(sql: string): Buffer {
  const text = Buffer.from(sql)
  const parse = Buffer.alloc(HEADER_BYTES + 1 + text.length + 1 + 2)
  parse[0] = PARSE
  parse.writeUInt32BE(parse.length - 1, 1)
  text.copy(parse, HEADER_BYTES + 1)
  return Buffer.concat([parse, BIND, EXECUTE])
}

/** The server ignores a Sync while it expects copy data, so it is sent after the data. */
export function beginCopyIn(sql: string): Buffer {
  return Buffer.concat([statement(sql), FLUSH])
}

export function beginCopyOut(sql: string): Buffer {
  return Buffer.concat([statement(sql), SYNC])
}

/** Copies the bytes: the source may reuse its buffer. */
export function copyData(bytes: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + bytes.length)
  message[0] = COPY_DATA
  message.writeUInt32BE(4 + bytes.length, 1)
  message.set(bytes, HEADER_BYTES)
  return message
}

export const COPY_ENDS = Buffer.concat([COPY_DONE, SYNC])
export const COPY_FAILS = Buffer.concat([copyFail(COPY_STOPPED), SYNC])

function copyFail(reason: string): Buffer {
  const text = Buffer.from(`${reason}\0`)
  const message = Buffer.alloc(HEADER_BYTES + text.length)
  message[0] = 0x66
  message.writeUInt32BE(4 + text.length, 1)
  text.copy(message, HEADER_BYTES)
  return message
}
