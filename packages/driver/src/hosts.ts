import type { ConnectionConfig, Host } from "./connection-config.ts"

/** Whether it is the directory of a Unix socket by libpq's rule: `/…`, or `@…` in Linux's abstract namespace. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith("/") || host.startsWith("@")
}

/** Whether an address or name refers to this machine: localhost and its subdomains (RFC 6761), 127.0.0.0/8, ::1. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase()
  return plain === "localhost" || plain.endsWith(".localhost") || plain === "::1" || /^127\./.test(plain)
}

/** The name of a host in a target and in errors: its name, address or directory. */
export function hostName(host: Host): string {
  return host.kind === "unix" ? host.directory : (host.name ?? host.address ?? "")
}

/** `host:port`, with brackets around an IPv6 address, as in a URI. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}

/** The name of a database in errors and diagnostics: its label, or `host:port,host:port/database`. */
export function labelOf({ label, hosts, database }: Pick<ConnectionConfig, "label" | "hosts" | "database">): string {
  return label ?? `${hosts.map((host) => hostAndPort(hostName(host), host.port)).join(",")}/${database}`
}
