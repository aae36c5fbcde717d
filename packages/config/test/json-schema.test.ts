import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { jsonSchema } from "../scripts/json-schema.ts"
import { PARAMETERS } from "../src/index.ts"

const published = readFileSync(new URL("../schema/pgsd.config.schema.json", import.meta.url), "utf8")

test("the published JSON Schema is the one used for validation: pnpm --filter @pgsd/config generate", () => {
  expect(JSON.parse(published)).toEqual(JSON.parse(jsonSchema()))
})

test("it completes every libpq parameter with its meaning and its values", () => {
  const { definitions } = JSON.parse(published)
  expect(Object.keys(definitions.parameters.properties)).toEqual(PARAMETERS.map(({ name }) => name))
  for (const { name, meaning } of PARAMETERS) expect(definitions.parameters.properties[name].description).toBe(meaning)
  expect(definitions.parameters.properties.sslmode.enum).toEqual(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
  expect(definitions.parameters.additionalProperties).toBe(false)
  expect(Object.keys(definitions.pool.properties)).toContain("acquireTimeoutMs")
  for (const [name, setting] of Object.entries<{ description?: string }>(definitions.pool.properties)) {
    expect(setting.description, name).toMatch(/ Default: /)
    if (name.endsWith("Ms")) expect(setting.description, name).toMatch(/\bms\b/)
  }
})

test("the package publishes it", () => {
  const { exports, files } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  expect(exports["./schema/pgsd.config.schema.json"]).toBe("./schema/pgsd.config.schema.json")
  expect(files).toContain("schema")
})
