import type { Connection, Driver, Target } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { postgresDriver } from "@pgsd/driver-postgres"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"

/** A scratch database, through one driver. */
export interface Subject extends AsyncDisposable {
  readonly driver: Driver
  /** Undefined for PGlite, which has none. */
  readonly server: PostgresServer | undefined
  /** A new session, as superuser unless the target says otherwise. PGlite has only one at a time. */
  open(overrides?: Partial<Target>): Promise<Connection>
}

const DRIVERS = { pg: () => pgDriver(), postgres: () => postgresDriver() }

export type SocketName = keyof typeof DRIVERS
export type SubjectName = SocketName | "pglite"

export const SOCKETS = Object.keys(DRIVERS) as readonly SocketName[]
export const SUBJECTS: readonly SubjectName[] = [...SOCKETS, "pglite"]

export function socketDriver(name: SocketName): Driver {
  return DRIVERS[name]()
}

export async function subject(name: SubjectName): Promise<Subject> {
  if (name === "pglite") {
    const driver = pgliteDriver()
    return { driver, server: undefined, open: () => driver.connect(), [Symbol.asyncDispose]: () => driver.close() }
  }
  const driver = socketDriver(name)
  const server = await postgresServer()
  return {
    driver,
    server,
    open: (overrides) => driver.connect(server.target(overrides)),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
