import type { Target } from "../target.ts"
import { type ProtocolVersion, protocolNumber } from "./protocol-version.ts"

const CANCEL_REQUEST = 80_877_102

export const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4])
export const SYNC = Buffer.from([0x53, 0, 0, 0, 4])
/** Without a reason. */
export const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 5, 0])

/**
 * The startup packet, from the target alone. Two settings are always there, as pgjdbc has them and every pooler takes
 * them: client_encoding, because JavaScript's strings are Unicode, and DateStyle ISO, which the value table reads
 * (a DateStyle in `target.startup` wins; timestamptz then stays text). The target is validated.
 */
export function startupPacket(target: Target, version: ProtocolVersion): Buffer {
  const settings: Record<string, string> = { client_encoding: "UTF8", DateStyle: "ISO" }
  for (const [name, value] of Object.entries(target.startup ?? {})) {
    const known = name.toLowerCase()
    if (known !== "client_encoding") settings[known === "datestyle" ? "DateStyle" : name] = value
  }
  const pairs = Object.entries({ user: target.user, database: target.database ?? target.user, ...settings })
  const text = Buffer.from(`${pairs.flat().join("\0")}\0\0`)
  const packet = Buffer.alloc(8 + text.length)
  packet.writeUInt32BE(packet.length, 0)
  packet.writeUInt32BE(protocolNumber(version), 4)
  text.copy(packet, 8)
  return packet
}

/** Ends the query that runs in the session of that process. Sent on a connection of its own; the server answers by closing it. */
export function cancelRequest(processId: number, secretKey: Buffer): Buffer {
  const packet = Buffer.alloc(12 + secretKey.length)
  packet.writeUInt32BE(packet.length, 0)
  packet.writeUInt32BE(CANCEL_REQUEST, 4)
  packet.writeInt32BE(processId, 8)
  secretKey.copy(packet, 12)
  return packet
}
