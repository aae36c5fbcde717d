import type { Host } from "../connection-config.ts"

/** Hosts and addresses that were recently unresponsive, which are tried last (pgjdbc's hostRecheckSeconds). */
export class UnresponsiveHosts {
  readonly #recheckMs: number
  readonly #hosts = new Map<Host, number>()
  readonly #addresses = new Map<string | undefined, number>()

  constructor(recheckMs: number) {
    this.#recheckMs = recheckMs
  }

  /** @param address if omitted, none of the host's addresses responded */
  mark(host: Host, address?: string): void {
    if (address === undefined) this.#hosts.set(host, performance.now())
    else this.#addresses.set(address, performance.now())
  }

  hosts(hosts: readonly Host[]): readonly Host[] {
    return this.#silentLast(hosts, this.#hosts)
  }

  addresses(addresses: readonly (string | undefined)[]): readonly (string | undefined)[] {
    for (const [address, since] of this.#addresses) if (!this.#isRecent(since)) this.#addresses.delete(address)
    return this.#silentLast(addresses, this.#addresses)
  }

  #silentLast<T>(items: readonly T[], since: ReadonlyMap<T, number>): readonly T[] {
    const isSilent = (item: T) => this.#isRecent(since.get(item))
    return [...items.filter((item) => !isSilent(item)), ...items.filter(isSilent)]
  }

  #isRecent(since = Number.NEGATIVE_INFINITY): boolean {
    return performance.now() - since < this.#recheckMs
  }
}
