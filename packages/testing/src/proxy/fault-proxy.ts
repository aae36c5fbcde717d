/** Where the proxy connects to: a TCP address or the path of a Unix socket (the socket itself, not its folder). */
export type Upstream = { readonly host: string; readonly port: number } | { readonly path: string }

/** Which side of the open connections halfOpen() drops at once; the other side stays open and is not notified. */
export type HalfOpenSide = "upstream" | "client" | "neither"

/** The traffic of one connection. */
export interface ConnectionTraffic {
  /** 1 for the first accepted connection. */
  readonly id: number
  readonly open: boolean
  /** How often the client sent after a response; its first bytes count as one. */
  readonly roundTrips: number
  readonly bytesToServer: number
  readonly bytesToClient: number
}

/**
 * A TCP proxy on 127.0.0.1 that fails on demand. It does not interpret the bytes, so it works with TLS. Faults can be combined; pass() ends
 * all of them. Times are in milliseconds.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly host: "127.0.0.1"
  readonly port: number
  /** Open client sockets. */
  readonly connections: number
  /** All accepted client sockets, including those closed or reset at once. */
  readonly accepted: number
  /** Sum over all connections; see {@link ConnectionTraffic.roundTrips}. */
  readonly roundTrips: number
  readonly bytesToServer: number
  readonly bytesToClient: number
  /** One entry for each open connection and each of the last 1,000 ended ones, oldest first. The sums include all. */
  readonly traffic: readonly ConnectionTraffic[]

  /**
   * Ends all faults, and listens again if refuse() had stopped it. A connection that lost bytes or one of its sides stays dead, because its
   * stream cannot be continued correctly.
   */
  pass(): Promise<void>
  /** Closes both sides of every open connection. */
  cut(): void
  /** Closes both sides of every open connection with RST. */
  reset(): void
  /** Cuts each open and new connection after that many further bytes, counting both directions. */
  cutAfterBytes(bytes: number): void
  /** Like cutAfter(), but discards everything afterwards instead of closing. */
  blackholeAfterBytes(bytes: number): void
  /** Open connections discard what either side sends, FIN and RST included; new ones work. */
  blackholeOpen(): void
  /** New connections are accepted and never answered; nothing reaches the server. */
  blackholeNew(): void
  /** New connections get ECONNREFUSED; open ones continue. */
  refuse(): Promise<void>
  /** Ends refuse(), on the same port. */
  listen(): Promise<void>
  /** New connections are closed as soon as they are accepted. */
  acceptThenClose(): void
  /** New connections are reset (RST) as soon as they are accepted. */
  acceptThenReset(): void
  /**
   * New connections are ended (FIN) at their first bytes, which reach the server that much later, or never with `Infinity`. To a client
   * this looks like a close by the server.
   */
  forwardLate(ms: number): void
  /** Delays the server's first byte on every connection that has not received one yet. */
  delayFirstByte(ms: number): void
  /** Adds to every round trip, half in each direction; order and pipelining are preserved. */
  latency(roundTripMs: number): void
  /** Limits the throughput of each direction of each connection. `Infinity` ends it. */
  throttle(bytesPerSecond: number): void
  /**
   * Stops passing FIN and RST from one side to the other. Drops one side of open connections, by `drop`.
   *
   * @param drop default "upstream": clients keep connections whose server is gone.
   */
  halfOpen(drop?: HalfOpenSide): void
  /** Stops listening and destroys every socket. Idempotent. */
  close(): Promise<void>
}
