/** The faults in force; one object per proxy, read by its connections at the moment they need to know. */
export interface Faults {
  newConnections: "pass" | "blackhole" | "close" | "reset"
  firstByteDelayMs: number
  latencyMs: number
  bytesPerSecond: number
  cutAfterBytes: number
  passEnds: boolean
}

export function noFaults(): Faults {
  return {
    newConnections: "pass",
    firstByteDelayMs: 0,
    latencyMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    cutAfterBytes: Number.POSITIVE_INFINITY,
    passEnds: true,
  }
}
