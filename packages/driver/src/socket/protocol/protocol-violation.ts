/** The peer sent bytes that the protocol does not allow. Converted to a PgsdError by the caller, which knows the place. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation"
}
