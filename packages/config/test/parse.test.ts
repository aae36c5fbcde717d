import { describe, expect, test } from "vitest"
import { parseConnectionString } from "../src/index.ts"
import { cases, type ParseCase } from "./support/cases.ts"
import { failureOf } from "./support/failure.ts"

/** Cases in which libpq's message repeats a possible secret, with ours. */
const HIDDEN: Readonly<Record<string, string>> = {
  "urix-069": "invalid percent-encoded token in the password",
}

describe.each(["uri", "keyword-value"])("%s strings are read as libpq reads them", (file) => {
  test.each(cases<ParseCase>(file))("$id: $text", ({ id, text, expect: expected, error }) => {
    if (expected !== undefined) {
      expect({ ...parseConnectionString(text) }).toEqual(expected)
      return
    }
    const [firstLine = ""] = failureOf(() => parseConnectionString(text)).message.split("\n")
    if (HIDDEN[id] === undefined) expect(firstLine).toContain(error)
    else expect(firstLine).toBe(HIDDEN[id])
  })
})
