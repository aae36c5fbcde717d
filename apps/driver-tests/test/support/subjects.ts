import type { Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { wireDriver } from "@pgsd/driver-wire"

const DRIVERS = { pg: () => pgDriver(), postgres: () => postgresDriver(), wire: () => wireDriver() }

type SocketName = keyof typeof DRIVERS

export const SOCKETS = Object.keys(DRIVERS) as readonly SocketName[]

export function socketDriver(name: SocketName): Driver {
  return DRIVERS[name]()
}
