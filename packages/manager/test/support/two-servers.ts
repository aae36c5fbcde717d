import type { PoolSettings } from "@pgsd/config"
import type { Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { createDatabaseManager, type DatabaseManager } from "@pgsd/manager"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"

export const DRIVERS = { pg: () => pgDriver(), postgres: () => postgresDriver() } as const
export type SocketName = keyof typeof DRIVERS

export interface Side {
  readonly server: PostgresServer
  readonly proxy: FaultProxy
}

/** Two real servers of different majors, each behind a fault proxy. */
export interface TwoServers extends AsyncDisposable {
  readonly source: Side
  readonly target: Side
  manager(drivers: Readonly<Record<"source" | "target", Driver>>, pool: PoolSettings): DatabaseManager
}

export async function twoServers(): Promise<TwoServers> {
  const side = async (version: number): Promise<Side> => {
    const server = await postgresServer({ version })
    return { server, proxy: await faultProxy({ host: server.host, port: server.port }) }
  }
  const [source, target] = await Promise.all([side(14), side(18)])
  const connection = ({ server, proxy }: Side) => ({
    host: proxy.host,
    port: proxy.port,
    user: server.user,
    password: server.password,
    database: "postgres",
    applicationName: "two-servers",
    sslMode: "disable" as const,
    connectTimeoutMs: 1_000,
  })
  return {
    source,
    target,
    manager: (drivers, pool) =>
      createDatabaseManager(
        { databases: { source: connection(source), target: connection(target) }, pool },
        { driver: (name) => drivers[name], lazy: true, retry: { baseDelayMs: 50 } },
      ),
    async [Symbol.asyncDispose]() {
      for (const { server, proxy } of [source, target]) {
        await proxy.close()
        await server.close()
      }
    },
  }
}
