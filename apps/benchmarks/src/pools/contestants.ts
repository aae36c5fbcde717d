import type { LendingOptions, LendingPool, Settings } from "./lending-pool.ts"

type Lending = (options: LendingOptions) => LendingPool

/** Loaded on use: a process loads the code of one contestant only. */
const LENDING = {
  "@pgsd/pool": async () => (await import("./pgsd-lending.ts")).pgsdLending as Lending,
  "pg-pool": async () => (await import("./pg-pool-lending.ts")).pgPoolLending as Lending,
  tarn: async () => (await import("./tarn-lending.ts")).tarnLending as Lending,
  "generic-pool": async () => (await import("./generic-lending.ts")).genericLending as Lending,
  "postgres.js": async () => (await import("./postgres-js-lending.ts")).postgresJsLending as Lending,
  slonik: async () => (await import("./slonik-lending.ts")).slonikLending as Lending,
  floor: async () => (await import("./floor-lending.ts")).floorLending as Lending,
} as const

export type LendingName = keyof typeof LENDING

export const LENDING_NAMES = Object.keys(LENDING) as LendingName[]

/** Those whose documentation recommends other settings than the defaults for what is measured here. */
const WITH_BEST: readonly LendingName[] = ["pg-pool", "tarn", "generic-pool", "postgres.js"]

export interface LendingContestant {
  readonly pool: LendingName
  readonly settings: Settings
}

export const LENDING_CONTESTANTS: readonly LendingContestant[] = [
  ...LENDING_NAMES.map((pool) => ({ pool, settings: "defaults" as const })),
  ...WITH_BEST.map((pool) => ({ pool, settings: "best" as const })),
]

/** Those that can limit how long a caller waits. */
export const WITH_DEADLINE: readonly LendingName[] = ["@pgsd/pool", "pg-pool", "tarn", "generic-pool"]

export async function lendingPool(pool: LendingName, options: LendingOptions): Promise<LendingPool> {
  const lending = await LENDING[pool]()
  return lending(options)
}
