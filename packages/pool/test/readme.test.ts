import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { DEFAULTS } from "../src/options.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const rows = [...readme.matchAll(/^\| `(\w+)`(?:, `\w+`)? \| ([^|]+) \| ([^|]*)\|/gm)].map(([, name, value, unit]) => ({
  name: name!,
  value: value!.trim(),
  unit: unit!.trim(),
}))

test("the README's table of options has the actual default of each", () => {
  const documented = Object.fromEntries(rows.filter(({ name }) => Object.hasOwn(DEFAULTS, name)).map(({ name, value }) => [name, value]))
  const text = (value: unknown) => {
    if (typeof value === "string") return `"${value}"`
    return Number(value) >= 1_000 && Number.isFinite(value) ? Number(value).toLocaleString("en-US").replaceAll(",", " ") : String(value)
  }
  expect(documented).toEqual(Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, text(value)])))
})

test("options in milliseconds say so", () => {
  for (const { name, unit } of rows) if (Object.hasOwn(DEFAULTS, name)) expect(unit, name).toBe(name.endsWith("Ms") ? "ms" : "")
})
