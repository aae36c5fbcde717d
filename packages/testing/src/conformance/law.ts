import type { DriverSupports } from "@pgsd/driver"
import type { Bench } from "./bench.ts"

/** A flag of the manifest without which a law has no meaning. */
export type Need = "network" | "cancel" | "pipeline" | "many"

export interface Law {
  readonly name: string
  /** @default none */
  readonly needs?: readonly Need[]
  readonly check: (bench: Bench) => Promise<void>
}

export interface LawFamily {
  readonly name: string
  readonly laws: readonly Law[]
}

/** The first flag that the law needs and the driver does not have. */
export function missingNeed(law: Law, supports: DriverSupports): Need | undefined {
  return law.needs?.find((need) => (need === "many" ? supports.concurrency !== "many" : !supports[need]))
}
