import fc from "fast-check"
import { expect, test } from "vitest"
import { jsonFault } from "../src/configuration/json-fault.ts"

test("the position of the error", () => {
  for (const [text, at] of [
    ["", 0],
    ["{", 1],
    ['{\n  "a": oops }', 9],
    ["{'a': 1}", 1],
    ['{"a": 1,}', 8],
    ["[1 2]", 3],
    ["[1,]", 3],
    ['{"a" 1}', 5],
    ["1 x", 2],
    ['{"a": "\n"}', 6],
    ["[01]", 2],
    ['{"a": 1', 7],
  ] as const)
    expect(jsonFault(text), text).toBe(at)
})

test("valid JSON has no error, and invalid JSON has one within the text", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom("", "x", ",", "}", '"', "\\", ":"), (json, where, replacement) => {
      expect(jsonFault(json)).toBe(json.length)
      const at = where % json.length
      const broken = json.slice(0, at) + replacement + json.slice(at + 1)
      let refused = false
      try {
        JSON.parse(broken)
      } catch {
        refused = true
      }
      if (refused) expect(jsonFault(broken)).toBeLessThanOrEqual(broken.length)
      else expect(jsonFault(broken)).toBe(broken.length)
    }),
    { numRuns: 2_000 },
  )
})
