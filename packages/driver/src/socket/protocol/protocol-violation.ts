/** Bytes that the protocol does not allow. Whoever knows the place turns it into a PgsdError. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation"
}
