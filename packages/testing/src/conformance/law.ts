import type { DriverSupports } from "@pgsd/driver"
import type { Bench } from "./bench.ts"

/** A manifest flag that a law depends on. */
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

/** The first flag that the law needs and the driver lacks. */
export function missingNeed(law: Law, supports: DriverSupports): Need | undefined {
  return law.needs?.find((need) => (need === "many" ? supports.concurrency !== "many" : !supports[need]))
}
