const QUERY = 0x51
const PARSE = 0x50

/** The SQL of the frontend message at `at`; undefined if it has none (neither Query nor Parse), or is incomplete. */
export function messageText(bytes: Uint8Array, at = 0): string | undefined {
  const start = bytes[at] === QUERY ? at + 5 : bytes[at] === PARSE ? bytes.indexOf(0, at + 5) + 1 : 0
  if (start === 0 || endOfMessage(bytes, at) > bytes.length) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8", start, bytes.indexOf(0, start))
}

/** The SQL of all frontend messages, in one string; undefined if they have none. */
export function messageTexts(bytes: Uint8Array): string | undefined {
  const texts: string[] = []
  for (let at = 0; at + 5 <= bytes.length; at = endOfMessage(bytes, at)) {
    const text = messageText(bytes, at)
    if (text !== undefined) texts.push(text)
  }
  return texts.length === 0 ? undefined : texts.join(";\n")
}

/** Always further on, whatever length the message claims to have. */
function endOfMessage(bytes: Uint8Array, at: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at + 1)
  return at + 1 + Math.max(4, length)
}
