import type { Driver } from "@pgsd/driver"
import type { Settings } from "../pools/lending-pool.ts"
import type { Client, ClientOptions } from "./client.ts"

type Connect = (options: ClientOptions) => Client

/** Loaded on use: a process loads the code of one contestant only. */
const CLIENTS = {
  "@pgsd/pool over pg": () => overPg({}),
  "@pgsd/pool over pg, pipelineDepth 32": () => overPg({ pipelineDepth: 32 }),
  "@pgsd/pool over pg, pipelineDepth 32, prepared": () => overPg({ pipelineDepth: 32, prepare: true }),
  "pg-pool": async () => (await import("./pg-pool-client.ts")).pgPoolClient,
  "pg-pool, prepared": async () => adjusted((await import("./pg-pool-client.ts")).pgPoolClient, { prepare: true }),
  "tarn + pg": async () => (await import("./pooled-pg-client.ts")).tarnClient,
  "generic-pool + pg": async () => (await import("./pooled-pg-client.ts")).genericClient,
  "pg-promise": async () => (await import("./pg-promise-client.ts")).pgPromiseClient,
  "kysely over pg": async () => (await import("./kysely-client.ts")).kyselyClient,
  "@pgsd/kysely over pg": async () => (await import("./kysely-client.ts")).pgsdKyselyClient,
  "@pgsd/pg-compat": async () => (await import("./compat-client.ts")).compatClient,
  "@pgsd/pg-compat, strict": () => strictCompat(),
  "@pgsd/pool over pg, OpenTelemetry without an SDK": () => observed(false),
  "@pgsd/pool over pg, OpenTelemetry recording every span": () => observed(true),
  slonik: async () => (await import("./slonik-client.ts")).slonikClient,
  "@pgsd/pool over postgres.js": () => overPostgres({}),
  "@pgsd/pool over postgres.js, pipelineDepth 32": () => overPostgres({ pipelineDepth: 32 }),
  "@pgsd/pool over the wire": () => overWire({}),
  "@pgsd/pool over the wire, prepared": () => overWire({ prepare: true }),
  "@pgsd/pool over the wire, pipelineDepth 32": () => overWire({ pipelineDepth: 32 }),
  "@pgsd/pool over the wire, pipelineDepth 32, prepared": () => overWire({ pipelineDepth: 32, prepare: true }),
  "@pgsd/pool over the wire, pipelineDepth auto": () => overWire({ pipelineDepth: "auto" }),
  "postgres.js": async () => (await import("./postgres-js-client.ts")).postgresJsClient,
  "postgres.js, max 10 (its default)": async () => adjusted((await import("./postgres-js-client.ts")).postgresJsClient, { max: 10 }),
  "postgres.js, unprepared": async () => adjusted((await import("./postgres-js-client.ts")).postgresJsClient, { prepare: false }),
  floor: async () => (await import("./floor-client.ts")).floorClient,
  "floor, prepared": async () => adjusted((await import("./floor-client.ts")).floorClient, { prepare: true }),
} as const satisfies Readonly<Record<string, () => Promise<Connect>>>

type Adjustment = Pick<Partial<ClientOptions>, "max" | "pipelineDepth" | "prepare">

function adjusted(connect: Connect, adjustment: Adjustment): Connect {
  return (options) => connect({ ...options, ...adjustment })
}

async function strictCompat(): Promise<Connect> {
  const { compatClient } = await import("./compat-client.ts")
  return (options) => compatClient(options, true)
}

async function observed(withSdk: boolean): Promise<Connect> {
  const { observedClient } = await import("./observed-client.ts")
  return (options) => observedClient(options, withSdk)
}

async function overPg(adjustment: Adjustment): Promise<Connect> {
  const { pgDriver } = await import("@pgsd/driver-pg")
  return over(pgDriver(), adjustment)
}

async function overPostgres(adjustment: Adjustment): Promise<Connect> {
  const { postgresDriver } = await import("@pgsd/driver-postgres")
  return over(postgresDriver(), adjustment)
}

async function overWire(adjustment: Adjustment): Promise<Connect> {
  const { wireDriver } = await import("@pgsd/driver-wire")
  return over(wireDriver(), adjustment)
}

async function over(driver: Driver, adjustment: Adjustment): Promise<Connect> {
  const { pgsdClient } = await import("./pgsd-client.ts")
  return (options) => pgsdClient(driver, { ...options, ...adjustment })
}

export type ClientName = keyof typeof CLIENTS

/** Those with a fixed pool size. */
const FIXED_SIZES: Partial<Record<ClientName, number>> = { "postgres.js, max 10 (its default)": 10 }

/** The sizes that apply to this client. */
export function sizesOf(client: ClientName, offered: readonly number[]): readonly number[] {
  const fixed = FIXED_SIZES[client]
  return fixed === undefined ? offered : [fixed]
}

export interface ClientContestant {
  readonly client: ClientName
  readonly settings: Settings
}

/** The contestants of the fault sections. */
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

/** For column heads and rows. */
export function contestantName({ client, settings }: ClientContestant): string {
  return settings === "best" ? `${client}, best settings` : client
}
