import type { Driver } from "@pgsd/driver"

interface SocketDriver {
  readonly name: string
  /** Imports this driver and not the other, for programs about a process with one driver. */
  load(): Promise<Driver>
  /** SCRAM bound to the TLS channel (SCRAM-SHA-256-PLUS), which postgres.js does not support. */
  readonly bindsChannels: boolean
}

/** The drivers with a network: every test runs over each. */
export const DRIVERS: readonly SocketDriver[] = [
  { name: "pg", load: async () => (await import("@pgsd/driver-pg")).pgDriver(), bindsChannels: true },
  { name: "postgres", load: async () => (await import("@pgsd/driver-postgres")).postgresDriver(), bindsChannels: false },
  { name: "wire", load: async () => (await import("@pgsd/driver-wire")).wireDriver(), bindsChannels: true },
]
