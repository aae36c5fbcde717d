import { type LookupAddress, lookup as systemLookup } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { abortable } from "../abortable.ts"
import { toPgsdError } from "../classify.ts"
import type { Host } from "../connection-config.ts"
import { DatabaseConnectionError } from "../errors.ts"
import { limit } from "../limit.ts"

export interface ResolveOptions {
  readonly lookup?: LookupFunction | undefined
  /** Timeout of the resolver, in ms. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Included in errors. */
  readonly label?: string | undefined
}

/**
 * The IP addresses to dial for a host, in the resolver's order; `undefined` means to dial the host itself (a Unix socket). dns.lookup
 * cannot be cancelled: a late result is ignored.
 *
 * @throws DatabaseConnectionError in phase `dns`, or `signal.reason`
 */
export async function addressesOf(host: Host, options: ResolveOptions): Promise<readonly (string | undefined)[]> {
  if (host.kind === "unix") return [undefined]
  if (host.address !== undefined) return [host.address]
  const name = host.name ?? ""
  if (isIP(name) !== 0) return [name]
  const place = { host: name, port: host.port, label: options.label, phase: "dns" as const }
  const found = await bounded(name, options).catch((error: unknown) => {
    if (options.signal?.aborted) throw options.signal.reason
    throw toPgsdError(error, place)
  })
  if (found.length > 0) return found.map((each) => each.address)
  throw new DatabaseConnectionError("PGSD_DNS_FAILED", `${name}: the name has no address`, { ...place, retryable: true })
}

/** RFC 8305, section 4: the resolver's order with alternating families, starting with the resolver's first. */
export function interleaved(addresses: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const family = (address: string | undefined) => isIP(address ?? "")
  const first = addresses.filter((each) => family(each) === family(addresses[0]))
  const second = addresses.filter((each) => family(each) !== family(addresses[0]))
  const rounds = Array.from({ length: Math.max(first.length, second.length) }, (_, round) => [
    ...first.slice(round, round + 1),
    ...second.slice(round, round + 1),
  ])
  return rounds.flat()
}

async function bounded(name: string, options: ResolveOptions): Promise<readonly LookupAddress[]> {
  const { lookup = systemLookup as LookupFunction, timeoutMs, signal, label } = options
  const late = () => {
    const text = `${name}: the name could not be resolved within ${timeoutMs} ms`
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", text, { host: name, label, phase: "dns", retryable: true })
  }
  const answer = new Promise<readonly LookupAddress[]>((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses, family) => {
      if (error) reject(error)
      else resolve(typeof addresses === "string" ? [{ address: addresses, family: family ?? 4 }] : addresses)
    })
  })
  const bounds = limit(signal, timeoutMs, late)
  try {
    return await abortable(answer, bounds.signal)
  } finally {
    bounds.end()
  }
}
