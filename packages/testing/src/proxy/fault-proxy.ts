/** Where the proxy connects to: a TCP address or the path of a Unix socket (the socket itself, not its folder). */
export type Upstream = { readonly host: string; readonly port: number } | { readonly path: string }

/** Which side of the open connections halfOpen() drops at once; the other side stays open and is not notified. */
export type HalfOpenSide = "upstream" | "client" | "neither"

/** What went over one connection. */
export interface ConnectionTraffic {
  /** 1 for the first connection ever accepted. */
  readonly id: number
  readonly open: boolean
  /** Turns of the conversation: how often the client spoke after it had been answered; its first bytes count as one. */
  readonly roundTrips: number
  readonly bytesToServer: number
  readonly bytesToClient: number
}

/**
 * A TCP proxy on 127.0.0.1 that fails on demand. It looks at no byte, so it is right for TLS as well. Faults may be
 * combined; pass() ends them all. Times are milliseconds.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly host: "127.0.0.1"
  readonly port: number
  /** Client sockets open now. */
  readonly connections: number
  /** Client sockets ever accepted, the ones closed or reset at once included. */
  readonly accepted: number
  /** Sum over all connections ever; see {@link ConnectionTraffic.roundTrips}. */
  readonly roundTrips: number
  readonly bytesToServer: number
  readonly bytesToClient: number
  /** One entry for each open connection and each of the last 1,000 that have ended, oldest first. The sums count all of them. */
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
  /** Cuts each connection, open now or new, after that many more bytes of it (both directions together). */
  cutAfterBytes(bytes: number): void
  /** The same, but each swallows from then on what either side sends. */
  blackholeAfterBytes(bytes: number): void
  /** Connections open now swallow what either side sends, its end included; new ones work. */
  blackholeOpen(): void
  /** New connections are accepted and never answered; nothing reaches the server. */
  blackholeNew(): void
  /** New connections get ECONNREFUSED; open ones go on. */
  refuse(): Promise<void>
  /** Ends refuse(), on the same port. */
  listen(): Promise<void>
  /** New connections are closed as soon as they are accepted. */
  acceptThenClose(): void
  /** New connections are reset (RST) as soon as they are accepted. */
  acceptThenReset(): void
  /**
   * New connections are ended (FIN) at their first bytes, which reach the server that much later; `Infinity`: never. A client cannot tell
   * it from the server's own end.
   */
  forwardLate(ms: number): void
  /** The server's first byte arrives that much later, on every connection that has not had it yet. */
  delayFirstByte(ms: number): void
  /** Adds to every round trip, half of it each way; order and pipelining are kept. */
  latency(roundTripMs: number): void
  /** Limits each direction of each connection. `Infinity` ends it. */
  throttle(bytesPerSecond: number): void
  /**
   * The end of one side, FIN or RST, is not passed on to the other. Open sides are dropped according to `drop`.
   *
   * @param drop default "upstream": clients hold connections whose server is gone.
   */
  halfOpen(drop?: HalfOpenSide): void
  /** Stops listening and destroys every socket. Idempotent. */
  close(): Promise<void>
}
