import { ProtocolViolation } from "./protocol-violation.ts"

/** 3.2 (PostgreSQL 18) has longer cancel keys; older servers negotiate 3.0, which they have done since PostgreSQL 11. */
export type ProtocolVersion = "3.0" | "3.2"

const NUMBERS: Readonly<Record<ProtocolVersion, number>> = { "3.0": 0x3_0000, "3.2": 0x3_0002 }

/** As in the startup packet. */
export function protocolNumber(version: ProtocolVersion): number {
  return NUMBERS[version]
}

/**
 * What a server may answer instead of a newer protocol (libpq's pqGetNegotiateProtocolVersion3): an older minor version of protocol 3
 * that exists. Options were not asked for, so it can refuse none.
 *
 * @throws ProtocolViolation
 */
export function checkNegotiation(asked: ProtocolVersion, offered: number, refusedOptions: number): void {
  if (refusedOptions === 0 && offered === NUMBERS["3.0"] && asked !== "3.0") return
  const version = `${offered >>> 16}.${offered & 0xffff}`
  throw new ProtocolViolation(
    `asked for protocol ${asked}, the server offers ${version} and refuses ${refusedOptions} options, which is no answer`,
  )
}
