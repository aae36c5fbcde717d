/** Types of backend messages (PostgreSQL documentation, "Message Formats"). */
export const Message = {
  authentication: 0x52, // R
  backendKeyData: 0x4b, // K
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  commandComplete: 0x43, // C
  copyBothResponse: 0x57, // W
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyInResponse: 0x47, // G
  copyOutResponse: 0x48, // H
  dataRow: 0x44, // D
  emptyQueryResponse: 0x49, // I
  errorResponse: 0x45, // E
  negotiateProtocolVersion: 0x76, // v
  noData: 0x6e, // n
  noticeResponse: 0x4e, // N
  notificationResponse: 0x41, // A
  parameterDescription: 0x74, // t
  parameterStatus: 0x53, // S
  parseComplete: 0x31, // 1
  portalSuspended: 0x73, // s
  readyForQuery: 0x5a, // Z
  rowDescription: 0x54, // T
} as const

/** Type byte and length. */
export const HEADER_BYTES = 5

/** fe-protocol3.c: a message of any other type that claims to be longer than {@link SHORT_MESSAGE_BYTES} is a protocol error. */
const LONG: ReadonlySet<number> = new Set([
  Message.rowDescription,
  Message.dataRow,
  Message.copyData,
  Message.errorResponse,
  Message.noticeResponse,
  Message.notificationResponse,
  Message.parameterDescription, // 65,535 parameters are 262 kB
])
export const SHORT_MESSAGE_BYTES = 30_000
/** The server's limit for one message. */
const LONG_MESSAGE_BYTES = 0x3fffffff

const MAX_BYTES = new Uint32Array(256)
for (const type of Object.values(Message)) MAX_BYTES[type] = LONG.has(type) ? LONG_MESSAGE_BYTES : SHORT_MESSAGE_BYTES

/** Whether a message of this type may have this length, which includes the length field. */
export function isPlausible(type: number, length: number): boolean {
  return length >= 4 && length <= MAX_BYTES[type]!
}
