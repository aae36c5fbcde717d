/**
 * Below the ephemeral port range (from 32768 on Linux, 49152 elsewhere), so that no outgoing connection takes a port that a stopped server
 * or a refusing proxy has released for a while.
 */
const FIRST_PORT = 15_000
const PORTS = 17_000

/** A candidate port; it may be in use. */
export function stablePort(): number {
  return FIRST_PORT + Math.floor(Math.random() * PORTS)
}
