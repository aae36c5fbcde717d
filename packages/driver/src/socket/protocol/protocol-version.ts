import { ProtocolViolation } from "./protocol-violation.ts"

/** 3.2 (PostgreSQL 18) has longer cancel keys; servers since PostgreSQL 11 negotiate down to 3.0. */
export type ProtocolVersion = "3.0" | "3.2"

const NUMBERS: Readonly<Record<ProtocolVersion, number>> = { "3.0": 0x3_0000, "3.2": 0x3_0002 }

/** The version as encoded in the startup packet. */
export function protocolNumber(version: ProtocolVersion): number {
  return NUMBERS[version]
}

/**
 * Checks a server's NegotiateProtocolVersion by the rule of libpq's pqGetNegotiateProtocolVersion3: an older minor version of protocol 3
 * that exists. No protocol options are sent, so none can be refused.
 *
 * @throws ProtocolViolation
 */
export function checkNegotiation(asked: ProtocolVersion, offered: number, refusedOptions: number): void {
  if (refusedOptions === 0 && offered === NUMBERS["3.0"] && asked !== "3.0") return
  const version = `${offered >>> 16}.${offered & 0xffff}`
  throw new ProtocolViolation(
    `asked for protocol ${asked}, the server offers ${version} and refuses ${refusedOptions} options, which is not a valid response`,
  )
}
