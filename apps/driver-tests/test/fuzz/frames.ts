/** A message with its header. */
export type Frame = Buffer

export function frame(type: string, ...parts: (Buffer | string)[]): Frame {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)))
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

export const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

/** The complete messages at the beginning of `bytes`, and the rest. */
export function framesOf(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= 5) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return { frames, rest: bytes.subarray(at) }
}

export const typeOf = (message: Frame) => String.fromCharCode(message[0]!)

/** The string at `at`, and the position after it. */
export function stringAt(bytes: Buffer, at: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0, at)
  return { text: bytes.toString("utf8", at, end), next: end + 1 }
}

/** What a client sends before it waits for ReadyForQuery. */
export interface Cycle {
  /** Of Query or Parse. */
  sql: string | undefined
  /** Of Parse and Bind; undefined: the simple protocol. */
  name: string | undefined
  /** Of Bind: the one parameter. */
  parameter: string | undefined
  /** Of Bind: the formats of the result. */
  formats: number[]
}

/** Reads what a client sends, and reports each complete cycle. */
export class CycleReader {
  readonly #tell: (cycle: Cycle) => void
  #rest: Buffer = Buffer.alloc(0)
  #cycle = empty()

  constructor(tell: (cycle: Cycle) => void) {
    this.#tell = tell
  }

  read(bytes: Buffer): void {
    const { frames, rest } = framesOf(Buffer.concat([this.#rest, bytes]))
    this.#rest = rest
    for (const message of frames) this.#message(typeOf(message), message)
  }

  #message(type: string, message: Frame): void {
    const cycle = this.#cycle
    if (type === "P") {
      const { text, next } = stringAt(message, 5)
      cycle.name = text
      cycle.sql = stringAt(message, next).text
    } else if (type === "B") Object.assign(cycle, bindOf(message))
    else if (type === "Q") cycle.sql = stringAt(message, 5).text
    if (type !== "Q" && type !== "S") return
    this.#cycle = empty()
    this.#tell(cycle)
  }
}

function empty(): Cycle {
  return { sql: undefined, name: undefined, parameter: undefined, formats: [] }
}

function bindOf(message: Frame): Partial<Cycle> {
  const { text: name, next } = stringAt(message, stringAt(message, 5).next)
  let at = next + 2 + 2 * message.readUInt16BE(next)
  let parameter: string | undefined
  const count = message.readUInt16BE(at)
  at += 2
  for (let left = count; left > 0; left--) {
    const length = message.readInt32BE(at)
    at += 4
    if (length >= 0) parameter = message.toString("utf8", at, at + length)
    at += Math.max(0, length)
  }
  const formats = Array.from({ length: message.readUInt16BE(at) }, (_, i) => message.readUInt16BE(at + 2 + 2 * i))
  return { name, parameter, formats }
}
