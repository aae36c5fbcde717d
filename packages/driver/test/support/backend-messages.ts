/** Messages as a server writes them. */
export function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)))
  const header = Buffer.alloc(5)
  header.write(type, "latin1")
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

export const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const authentication = (kind: number, rest: Buffer | string = "") => message("R", int32(kind), rest)
export const sasl = (...mechanisms: string[]) => authentication(10, `${mechanisms.join("\0")}\0\0`)
export const parameterStatus = (name: string, value: string) => message("S", `${name}\0${value}\0`)
export const backendKeyData = (processId: number, secretKey: number) => message("K", int32(processId), int32(secretKey))
export const ready = (status = "I") => message("Z", status)
export const commandComplete = (tag: string) => message("C", `${tag}\0`)
export const notification = (processId: number, channel: string, payload: string) =>
  message("A", int32(processId), `${channel}\0${payload}\0`)

export function failure(fields: Readonly<Record<string, string>>, type = "E"): Buffer {
  const text = Object.entries(fields).map(([code, value]) => `${code}${value}\0`)
  return message(type, ...text, "\0")
}

export function rowDescription(...columns: readonly (readonly [name: string, typeId: number])[]): Buffer {
  const fields = columns.flatMap(([name, typeId]) => [`${name}\0`, int32(0), int16(0), int32(typeId), int16(-1), int32(-1), int16(0)])
  return message("T", int16(columns.length), ...fields)
}

export function dataRow(...values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) => (value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), value]))
  return message("D", int16(values.length), ...parts)
}

/** The messages of a server that accepts everyone. */
export const WELCOME = Buffer.concat([authentication(0), parameterStatus("server_version", "18.0"), backendKeyData(4711, 42), ready()])
