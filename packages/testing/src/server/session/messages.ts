import type { ServerError } from "@pgsd/driver"

/** A message of the server (PostgreSQL documentation, "Message Formats"), read sequentially. */
export class Message {
  readonly type: string
  readonly body: Buffer
  #at = 0

  constructor(type: string, body: Buffer) {
    this.type = type
    this.body = body
  }

  int32(): number {
    this.#at += 4
    return this.body.readInt32BE(this.#at - 4)
  }

  int16(): number {
    this.#at += 2
    return this.body.readInt16BE(this.#at - 2)
  }

  text(): string {
    const end = this.body.indexOf(0, this.#at)
    const text = this.body.toString("utf8", this.#at, end)
    this.#at = end + 1
    return text
  }

  bytes(length: number): Buffer {
    this.#at += length
    return this.body.subarray(this.#at - length, this.#at)
  }

  rest(): Buffer {
    return this.bytes(this.body.length - this.#at)
  }

  get atEnd(): boolean {
    return this.#at >= this.body.length || this.body[this.#at] === 0
  }

  /** A field of a RowDescription. */
  fieldNames(): string[] {
    return Array.from({ length: this.int16() }, () => {
      const name = this.text()
      this.bytes(18) // table, column, type, size, modifier, format
      return name
    })
  }

  /** A value of a DataRow. */
  values(): (string | null)[] {
    return Array.from({ length: this.int16() }, () => {
      const length = this.int32()
      return length < 0 ? null : this.bytes(length).toString("utf8")
    })
  }

  /** The fields of an ErrorResponse. */
  error(): ServerError {
    const fields: Record<string, string> = {}
    while (!this.atEnd) fields[String.fromCharCode(this.bytes(1)[0]!)] = this.text()
    return {
      severity: fields.V ?? fields.S,
      sqlState: fields.C ?? "",
      message: fields.M ?? "",
      detail: fields.D,
      hint: fields.H,
      position: fields.P === undefined ? undefined : Number(fields.P),
    }
  }
}

/** Splits the byte stream into messages. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0)

  read(bytes: Buffer): Message[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const messages: Message[] = []
    let at = 0
    while (this.#rest.length - at >= 5) {
      const length = this.#rest.readInt32BE(at + 1)
      if (this.#rest.length - at < length + 1) break
      messages.push(new Message(String.fromCharCode(this.#rest[at]!), this.#rest.subarray(at + 5, at + 1 + length)))
      at += length + 1
    }
    this.#rest = this.#rest.subarray(at)
    return messages
  }
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

/** Protocol 3.0. */
export function startup(settings: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.concat([
    int32(196_608),
    ...Object.entries(settings).flatMap(([name, value]) => [cString(name), cString(value)]),
    Buffer.from([0]),
  ])
  return Buffer.concat([int32(body.length + 4), body])
}

export function cancelRequest(key: Buffer): Buffer {
  return Buffer.concat([int32(key.length + 8), int32(80_877_102), key])
}
