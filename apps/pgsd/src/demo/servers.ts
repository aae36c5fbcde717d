import { randomBytes } from "node:crypto"
import { availableVersions, type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { ownFile } from "../own-files.ts"

export const READER = "pgsd_reader"
export const DATABASE = "shop"

export interface DemoServers extends AsyncDisposable {
  readonly source: PostgresServer
  /** With TLS, and a certificate of its own authority. */
  readonly target: PostgresServer
  /** Of the role that reads both. */
  readonly password: string
  /** As a user would write them, without the password. */
  readonly urls: { readonly source: string; readonly target: string }
}

/** The content of each server's database, as SQL. */
interface Schemas {
  readonly source: string
  readonly target: string
}

/** Two servers with a shop each, of different majors if this machine has them. Nothing of them stays when `signal` ends the start. */
export async function startDemoServers(signal?: AbortSignal, schemas: Schemas = demoSchemas()): Promise<DemoServers> {
  const versions = availableVersions()
  const password = randomBytes(12).toString("base64url")
  const start = (version: number | undefined, shop: string, tls: boolean) => startShop({ version, tls, shop, password, signal })
  const started = await Promise.allSettled([start(versions[0], schemas.source, false), start(versions.at(-1), schemas.target, true)])
  const servers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))
  const close = async () => void (await Promise.all(servers.map((server) => server.close())))
  const failed = started.find((each) => each.status === "rejected")
  const [source, target] = servers
  if (failed !== undefined || source === undefined || target === undefined) {
    await close()
    throw signal?.aborted ? signal.reason : failed?.reason
  }
  return { source, target, password, urls: { source: urlOf(source), target: urlOf(target) }, [Symbol.asyncDispose]: close }
}

function demoSchemas(): Schemas {
  return { source: ownFile("demo/source.sql"), target: ownFile("demo/target.sql") }
}

interface ShopOptions {
  readonly version: number | undefined
  readonly tls: boolean
  readonly shop: string
  readonly password: string
  readonly signal: AbortSignal | undefined
}

async function startShop({ version, tls, shop, password, signal }: ShopOptions): Promise<PostgresServer> {
  const reader = { name: READER, password, attributes: "LOGIN CONNECTION LIMIT 5" }
  const server = await postgresServer({ version, tls, signal, users: [reader] })
  try {
    await server.sql(`CREATE DATABASE ${DATABASE}`, { signal })
    await server.sql(`ALTER ROLE ${READER} SET default_transaction_read_only = on; ${shop}`, { database: DATABASE, signal })
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

function urlOf({ host, port, tls }: PostgresServer): string {
  const verified = tls === undefined ? "" : `?sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.caFile)}`
  return `postgresql://${READER}@${host}:${port}/${DATABASE}${verified}`
}
