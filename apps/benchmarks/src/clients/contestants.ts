import type { Settings } from "../pools/lending-pool.ts"
import type { Client, ClientOptions } from "./client.ts"

type Connect = (options: ClientOptions) => Client

/** Loaded where they are used: a process holds one contestant and nobody else's code. */
const CLIENTS = {
  "@pgsd/pool over pg": () => overPg(1),
  "@pgsd/pool over pg, pipelineDepth 32": () => overPg(32),
  "pg-pool": async () => (await import("./pg-pool-client.ts")).pgPoolClient,
  "tarn + pg": async () => (await import("./pooled-pg-client.ts")).tarnClient,
  "generic-pool + pg": async () => (await import("./pooled-pg-client.ts")).genericClient,
  slonik: async () => (await import("./slonik-client.ts")).slonikClient,
  "@pgsd/pool over postgres.js": () => overPostgres(1),
  "@pgsd/pool over postgres.js, pipelineDepth 32": () => overPostgres(32),
  "@pgsd/pool over the wire": () => overWire(1),
  "@pgsd/pool over the wire, pipelineDepth 32": () => overWire(32),
  "@pgsd/pool over the wire, pipelineDepth auto": () => overWire("auto"),
  "postgres.js": async () => (await import("./postgres-js-client.ts")).postgresJsClient,
} as const satisfies Readonly<Record<string, () => Promise<Connect>>>

async function overPg(pipelineDepth: number): Promise<Connect> {
  const { pgDriver } = await import("@pgsd/driver-pg")
  const { pgsdClient } = await import("./pgsd-client.ts")
  return (options) => pgsdClient(pgDriver(), { ...options, pipelineDepth })
}

async function overPostgres(pipelineDepth: number): Promise<Connect> {
  const { postgresDriver } = await import("@pgsd/driver-postgres")
  const { pgsdClient } = await import("./pgsd-client.ts")
  return (options) => pgsdClient(postgresDriver(), { ...options, pipelineDepth })
}

async function overWire(pipelineDepth: number | "auto"): Promise<Connect> {
  const { wireDriver } = await import("@pgsd/driver-wire")
  const { pgsdClient } = await import("./pgsd-client.ts")
  return (options) => pgsdClient(wireDriver(), { ...options, pipelineDepth })
}

export type ClientName = keyof typeof CLIENTS

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[]

export interface ClientContestant {
  readonly client: ClientName
  readonly settings: Settings
}

/** Those whose behaviour under faults is compared. */
export const FAULT_CONTESTANTS: readonly ClientContestant[] = [
  { client: "@pgsd/pool over pg", settings: "defaults" },
  { client: "@pgsd/pool over postgres.js", settings: "defaults" },
  { client: "pg-pool", settings: "defaults" },
  { client: "pg-pool", settings: "best" },
  { client: "postgres.js", settings: "defaults" },
  { client: "postgres.js", settings: "best" },
  { client: "tarn + pg", settings: "defaults" },
  { client: "tarn + pg", settings: "best" },
]

export async function connectClient(client: ClientName, options: ClientOptions): Promise<Client> {
  const connect: Connect = await CLIENTS[client]()
  return connect(options)
}

/** A column's head. */
export function contestantWords({ client, settings }: ClientContestant): string {
  return settings === "best" ? `${client}, best settings` : client
}
