import { randomBytes } from "node:crypto"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { SOURCE_SHOP, TARGET_SHOP } from "./shop.ts"

export const READER = "pgsd_reader"
export const DATABASE = "shop"

export interface DemoServers {
  readonly source: PostgresServer
  readonly target: PostgresServer
  /** Of the role that reads both. */
  readonly password: string
}

/** Two servers, of different majors where this machine has them, for as long as `work` lasts. Nothing of them stays, whatever happens. */
export async function withDemoServers<T>(signal: AbortSignal, work: (servers: DemoServers) => Promise<T>): Promise<T> {
  const versions = availableVersions()
  const password = randomBytes(12).toString("base64url")
  const starting = [startShop(versions[0], SOURCE_SHOP, password, signal), startShop(versions.at(-1), TARGET_SHOP, password, signal)]
  const started = await Promise.allSettled(starting)
  try {
    const [source, target] = started.map((each) => {
      if (each.status === "rejected") throw each.reason
      return each.value
    })
    return await work({ source: source!, target: target!, password })
  } finally {
    await Promise.all(started.map((each) => (each.status === "fulfilled" ? each.value.close() : undefined)))
  }
}

async function startShop(version: number | undefined, shop: string, password: string, signal: AbortSignal): Promise<PostgresServer> {
  const server = await postgresServer({ version, signal, users: [{ name: READER, password, attributes: "LOGIN CONNECTION LIMIT 5" }] })
  try {
    await server.sql(`CREATE DATABASE ${DATABASE}`, { signal })
    await server.sql(`ALTER ROLE ${READER} SET default_transaction_read_only = on; ${shop}`, { database: DATABASE, signal })
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
