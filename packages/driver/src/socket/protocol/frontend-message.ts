import type { Target } from "../../target.ts"
import { protocolNumber } from "./protocol-version.ts"
import { type StartupRequest, VALUE_SETTINGS } from "./startup-request.ts"

const CANCEL_REQUEST = 80_877_102

export const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4])
export const SYNC = Buffer.from([0x53, 0, 0, 0, 4])
/** With an empty reason. */
export const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 5, 0])

/**
 * The startup packet of a validated target. Two settings are always sent, as pgjdbc does and every pooler accepts: client_encoding, because
 * JavaScript strings are Unicode, and DateStyle ISO, which the value table reads. Those and the requested ones are left out if the target
 * sets them itself, in `startup` or in `options` (with another DateStyle, timestamptz stays text).
 */
export function startupPacket({ user, database = user, startup = {} }: Target, { version, valueSettings }: StartupRequest): Buffer {
  const settings: Record<string, string> = { client_encoding: "UTF8", DateStyle: "ISO" }
  if (valueSettings)
    for (const [name, value] of Object.entries(VALUE_SETTINGS))
      if (!new RegExp(name, "i").test(startup.options ?? "")) settings[name] = value
  for (const [name, value] of Object.entries(startup)) {
    const ours = Object.keys(settings).find((each) => each.toLowerCase() === name.toLowerCase())
    if (ours !== "client_encoding") settings[ours ?? name] = value
  }
  const pairs = Object.entries({ user, database, ...settings })
  const text = Buffer.from(`${pairs.flat().join("\0")}\0\0`)
  const packet = Buffer.alloc(8 + text.length)
  packet.writeUInt32BE(packet.length, 0)
  packet.writeUInt32BE(protocolNumber(version), 4)
  text.copy(packet, 8)
  return packet
}

/** Cancels the query running in that server process. Sent on a separate connection; the server responds by closing it. */
export function cancelRequest(processId: number, secretKey: Buffer): Buffer {
  const packet = Buffer.alloc(12 + secretKey.length)
  packet.writeUInt32BE(packet.length, 0)
  packet.writeUInt32BE(CANCEL_REQUEST, 4)
  packet.writeInt32BE(processId, 8)
  secretKey.copy(packet, 12)
  return packet
}
