import type { Host } from "../connection-config.ts"

/** Hosts and addresses that were recently unresponsive, which are tried last (pgjdbc's hostRecheckSeconds). */
export class UnresponsiveHosts {
  readonly #recheckMs: number
  readonly #hosts = new Map<Host, number>()
  /** By address and port. */
  readonly #addresses = new Map<string, number>()

  constructor(recheckMs: number) {
    this.#recheckMs = recheckMs
  }

  /** @param address if omitted, none of the host's addresses responded */
  mark(host: Host, address?: string): void {
    if (address === undefined) this.#hosts.set(host, performance.now())
    else this.#addresses.set(keyOf(address, host), performance.now())
  }

  hosts(hosts: readonly Host[]): readonly Host[] {
    return this.#silentLast(hosts, (host) => this.#hosts.get(host))
  }

  addresses(addresses: readonly (string | undefined)[], host: Host): readonly (string | undefined)[] {
    for (const [key, since] of this.#addresses) if (!this.#isRecent(since)) this.#addresses.delete(key)
    return this.#silentLast(addresses, (address) => this.#addresses.get(keyOf(address, host)))
  }

  #silentLast<T>(items: readonly T[], since: (item: T) => number | undefined): readonly T[] {
    const isSilent = (item: T) => this.#isRecent(since(item))
    return [...items.filter((item) => !isSilent(item)), ...items.filter(isSilent)]
  }

  #isRecent(since = Number.NEGATIVE_INFINITY): boolean {
    return performance.now() - since < this.#recheckMs
  }
}

/** Servers on two ports of one machine are two servers. */
function keyOf(address: string | undefined, { port }: Host): string {
  return `${address} ${port}`
}
