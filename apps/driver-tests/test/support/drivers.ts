import type { Driver } from "@pgsd/driver"

interface SocketDriver {
  readonly name: string
  /** Imports this driver and not the other: a program proves something of a process that holds nothing else. */
  load(): Promise<Driver>
  /** SCRAM bound to the TLS channel (SCRAM-SHA-256-PLUS), which postgres.js has not. */
  readonly bindsChannels: boolean
}

/** The drivers with a network: every test runs over each. */
export const DRIVERS: readonly SocketDriver[] = [
  { name: "pg", load: async () => (await import("@pgsd/driver-pg")).pgDriver(), bindsChannels: true },
  { name: "postgres", load: async () => (await import("@pgsd/driver-postgres")).postgresDriver(), bindsChannels: false },
  { name: "wire", load: async () => (await import("@pgsd/driver-wire")).wireDriver(), bindsChannels: true },
]
