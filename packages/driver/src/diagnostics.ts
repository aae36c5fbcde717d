import { channel } from "node:diagnostics_channel"

/** `pgsd:session:late-call`: a call on a handle that is dead, or not at its turn, was refused. Its rejection ends no process. */
export interface LateCallEvent {
  readonly label: string
  readonly sql: string
  readonly error: unknown
}

export interface SessionChannels {
  readonly "pgsd:session:late-call": LateCallEvent
}

export const channels = { lateCall: channel("pgsd:session:late-call") }
