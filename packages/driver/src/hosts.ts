/** Whether it is the directory of a Unix socket by libpq's rule: `/…`, or `@…` in Linux's abstract namespace. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith("/") || host.startsWith("@")
}

/** Whether an address or name refers to this machine: localhost and its subdomains (RFC 6761), 127.0.0.0/8, ::1. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase()
  return plain === "localhost" || plain.endsWith(".localhost") || plain === "::1" || /^127\./.test(plain)
}
