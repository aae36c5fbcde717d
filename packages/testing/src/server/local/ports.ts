import { createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { stablePort } from "../../proxy/stable-port.ts"

/** The loopback addresses of this machine. */
export function loopbackAddresses(): string[] {
  const known = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return ["127.0.0.1", "::1"].filter((address) => address === "127.0.0.1" || known.some((each) => each.address === address))
}

/** A port that is currently free on all loopback addresses. Another process may take it: the caller that binds it must retry. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = stablePort()
    const free = await Promise.all(loopbackAddresses().map((host) => isFree(host, port)))
    if (free.every(Boolean)) return port
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen({ host, port }, () => probe.close(() => resolve(true)))
  })
}
