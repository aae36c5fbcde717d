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
 * A TCP proxy on 127.0.0.1 that fails on demand. It examines no bytes, so it works for TLS as well. Faults may be
 * combined; pass() ends them all. Times are milliseconds.
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
   * No faults from now on, and listening again if refuse() had stopped it. A connection that lost bytes or one of its
   * sides under a fault stays dead: its stream could only be continued wrongly.
   */
  pass(): Promise<void>
  /** Closes both sides of every open connection. */
  cut(): void
  /** Closes both sides of every open connection with RST. */
  reset(): void
  /** Cuts each connection, open or new, after that many more bytes (both directions together). */
  cutAfterBytes(bytes: number): void
  /** The same, but from then on discards what either side sends instead. */
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
   * New connections are ended (FIN) at their first bytes, which reach the server that much later; `Infinity`: never. A client cannot distinguish
   * this from the server closing the connection.
   */
  forwardLate(ms: number): void
  /** Delays the server's first byte on every connection that has not received it yet. */
  delayFirstByte(ms: number): void
  /** Adds to every round trip, half of it each way; order and pipelining are kept. */
  latency(roundTripMs: number): void
  /** Limits each direction of each connection. `Infinity` ends it. */
  throttle(bytesPerSecond: number): void
  /**
   * FIN or RST of one side is not passed on to the other. Open sides are dropped according to `drop`.
   *
   * @param drop default "upstream": clients hold connections whose server is gone.
   */
  halfOpen(drop?: HalfOpenSide): void
  /** Stops listening and destroys every socket. Idempotent. */
  close(): Promise<void>
}
