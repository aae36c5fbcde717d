import { lookup as systemLookup } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"

/** The path for connect(): an abstract socket name starts with NUL where libpq writes `@`. */
export function socketPath(directory: string, port: number): string {
  const path = `${directory}/.s.PGSQL.${port}`
  return path.startsWith("@") ? `\0${path.slice(1)}` : path
}

/**
 * The IP address to dial: the given one, or the first that the name resolves to. A target is one attempt: to try other addresses, make a
 * target of each. dns.lookup cannot be cancelled; a result that arrives after the abort is ignored.
 */
export function addressOf(target: Target, signal: AbortSignal, lookup = systemLookup as LookupFunction): Promise<string> {
  if (target.address !== undefined) return Promise.resolve(target.address)
  if (isIP(target.host) !== 0) return Promise.resolve(target.host)
  return new Promise((resolve, reject) => {
    const unlisten = onAbort(signal, () => reject(signal.reason))
    const settle = (act: () => void) => {
      unlisten()
      act()
    }
    lookup(target.host, { all: true }, (error, found) => {
      const address = typeof found === "string" ? found : found?.[0]?.address
      if (error) settle(() => reject(error))
      else if (address === undefined || isIP(address) === 0) settle(() => reject(noAddress()))
      else settle(() => resolve(address))
    })
  })
}

// The code of getaddrinfo, so that it is classified alike.
function noAddress(): Error {
  return Object.assign(new Error("the name has no address"), { code: "ENOTFOUND" })
}
