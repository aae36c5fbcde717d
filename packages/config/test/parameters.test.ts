import { expect, onTestFinished, test } from "vitest"
import { PARAMETERS } from "../src/index.ts"
import { needOracle } from "./support/libpq/oracle.ts"

test("the table equals libpq 18's own, row by row: names, order, variables, defaults, secrets", async (context) => {
  const oracle = await needOracle(context)
  onTestFinished(() => oracle.close())
  const ours = PARAMETERS.filter(({ since }) => since === undefined).map(({ name, env, default: value, secret = false }) => ({
    name,
    env,
    default: value,
    secret,
  }))
  const libpqs = await oracle.defaults()
  expect(ours.map(({ name }) => name)).toEqual(libpqs.map(({ name }) => name))
  for (const [index, row] of libpqs.entries()) {
    const { name } = row
    // libpq's defaults per machine, user or build are derived; its SCRAM keys are marked as a debug option.
    const different = ["user", "dbname", "host"].includes(name) ? { default: ours[index]!.default } : {}
    expect(ours[index], name).toEqual({ ...row, ...different, ...(name.startsWith("scram_") ? { secret: true } : {}) })
  }
})

test("the table is frozen, including rows and lists of values", () => {
  expect(Object.isFrozen(PARAMETERS)).toBe(true)
  for (const row of PARAMETERS) {
    expect(Object.isFrozen(row), row.name).toBe(true)
    expect(Object.isFrozen(row.values ?? Object.freeze([])), row.name).toBe(true)
  }
})
