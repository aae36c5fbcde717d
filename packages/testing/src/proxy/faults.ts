/** What happens to a connection after a number of further bytes. */
export interface ByteLimit {
  readonly bytes: number
  readonly ending: "cut" | "blackhole"
}

/** The active faults; one object per proxy, read by its connections when needed. */
export interface Faults {
  newConnections: "pass" | "blackhole" | "close" | "reset" | "forward late"
  /** For `"forward late"`. */
  forwardAfterMs: number
  firstByteDelayMs: number
  latencyMs: number
  bytesPerSecond: number
  afterBytes: ByteLimit
  passEnds: boolean
}

export function noFaults(): Faults {
  return {
    newConnections: "pass",
    forwardAfterMs: Number.POSITIVE_INFINITY,
    firstByteDelayMs: 0,
    latencyMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    afterBytes: { bytes: Number.POSITIVE_INFINITY, ending: "cut" },
    passEnds: true,
  }
}
