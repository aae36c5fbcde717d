import type { PoolSettings as OfAFile } from "@pgsd/config"
import type { PoolSettings as OfThePool } from "@pgsd/pool"
import { expectTypeOf, test } from "vitest"

/** Options that are functions or objects of the program: no file can hold them. The label is the database's. */
type OfThePrograms = "label" | "onConnect" | "onRelease" | "onError" | "onQuery" | "isPermanent" | "clock" | "random"

test("a configuration has every option of a pool that a file can hold", () => {
  expectTypeOf<keyof OfAFile>().toEqualTypeOf<Exclude<keyof OfThePool, OfThePrograms>>()
})
