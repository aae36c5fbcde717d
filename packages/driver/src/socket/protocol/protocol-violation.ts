/** Bytes that the protocol does not allow. The caller that knows the place turns it into a PgsdError. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation"
}
