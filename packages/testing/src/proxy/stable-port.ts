/**
 * Below the range from which systems take the ports of outgoing connections (32768 up on Linux, 49152 up elsewhere): a
 * port that is given up for a while, by a stopped server or a refusing proxy, is then not taken by another connection.
 */
const FIRST_PORT = 15_000
const PORTS = 17_000

/** A port to try; it may be in use. */
export function stablePort(): number {
  return FIRST_PORT + Math.floor(Math.random() * PORTS)
}
