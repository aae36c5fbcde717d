import { describe, test } from "vitest"
import { expectAll, type FormName } from "../support/verdicts.ts"

describe("B: bounds", () => {
  const BOUND: FormName = ["table", "bound"]
  test("the values of a list are a set", () => {
    expectAll(BOUND, "same", [
      ["FOR VALUES IN ('a', 'b', NULL)", "FOR VALUES IN (NULL, 'b', 'a')"],
      ["FOR VALUES IN (1, 2, 1)", "FOR VALUES IN (2, 1)"],
    ])
  })

  test("others are ordered, and every value counts", () => {
    expectAll(BOUND, "different", [
      ["FOR VALUES IN ('a', 'b')", "FOR VALUES IN ('a')"],
      ["FOR VALUES IN ('a', NULL)", "FOR VALUES IN ('a', 'NULL')"],
      ["FOR VALUES IN ('1')", "FOR VALUES IN ('01')"],
      ["FOR VALUES FROM (1, 2) TO (3, 4)", "FOR VALUES FROM (2, 1) TO (3, 4)"],
      ["FOR VALUES FROM (1) TO (2)", "FOR VALUES FROM (2) TO (1)"],
      ["FOR VALUES FROM (MINVALUE) TO (1)", "FOR VALUES FROM (1) TO (MAXVALUE)"],
      ["FOR VALUES WITH (modulus 4, remainder 1)", "FOR VALUES WITH (modulus 4, remainder 2)"],
      ["DEFAULT", "FOR VALUES IN (NULL)"],
    ])
  })
})
