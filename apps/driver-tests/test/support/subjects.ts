import type { Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"

const DRIVERS = { pg: () => pgDriver(), postgres: () => postgresDriver() }

type SocketName = keyof typeof DRIVERS

export const SOCKETS = Object.keys(DRIVERS) as readonly SocketName[]

export function socketDriver(name: SocketName): Driver {
  return DRIVERS[name]()
}
