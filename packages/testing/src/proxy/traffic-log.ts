import type { ConnectionTraffic } from "./fault-proxy.ts"

const MOST = 1_000

export type TrafficCount = "roundTrips" | "bytesToServer" | "bytesToClient"

/** Traffic of ended connections: the last thousand individually, all of them as sums, so that a long soak test does not fill the heap. */
export class TrafficLog {
  readonly #recent: ConnectionTraffic[] = []
  readonly #sums: Record<TrafficCount, number> = { roundTrips: 0, bytesToServer: 0, bytesToClient: 0 }

  get recent(): readonly ConnectionTraffic[] {
    return this.#recent
  }

  add(traffic: ConnectionTraffic): void {
    if (this.#recent.push(traffic) > MOST) this.#recent.shift()
    this.#sums.roundTrips += traffic.roundTrips
    this.#sums.bytesToServer += traffic.bytesToServer
    this.#sums.bytesToClient += traffic.bytesToClient
  }

  /** Over all ended and open connections. */
  sum(field: TrafficCount, open: readonly ConnectionTraffic[]): number {
    return open.reduce((sum, each) => sum + each[field], this.#sums[field])
  }
}
