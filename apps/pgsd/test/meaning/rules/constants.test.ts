import { describe, test } from "vitest"
import { expectAll, select, VIEW } from "../support/verdicts.ts"

describe("C: numbers", () => {
  test("have one spelling", () => {
    expectAll(
      VIEW,
      "same",
      select(
        ["'-1'::integer", "-1"],
        ["'1.5'::numeric", "1.5"],
        ["'-1.50'::numeric", "-1.50"],
        ["'0'::integer", "0"],
        ["(1)::integer", "1"],
      ),
    )
  })

  test("but a position is not a number, and neither the type nor the digits may change", () => {
    expectAll(VIEW, "different", [
      ...select(
        ["1", "2"],
        ["1", "-1"],
        ["1", "'1'::bigint"],
        ["1", "1.0"],
        ["1.0", "1.00"],
        ["'1'::text", "1"],
        ["1", "NULL::integer"],
        ["3000000000", "'3000000000'::numeric"],
      ),
      ["SELECT t.a FROM app.t ORDER BY 1", "SELECT t.a FROM app.t ORDER BY '1'::integer"],
      ["SELECT t.a FROM app.t GROUP BY 1", "SELECT t.a FROM app.t GROUP BY '1'::integer"],
      ["SELECT t.a FROM app.t GROUP BY ROLLUP ((1, 2))", "SELECT t.a FROM app.t GROUP BY ROLLUP (('1'::integer, 2))"],
      ["SELECT DISTINCT ON (1) t.a FROM app.t", "SELECT DISTINCT ON ('1'::integer) t.a FROM app.t"],
      ["SELECT string_agg(t.a, ',' ORDER BY 1) FROM app.t GROUP BY 2", "SELECT string_agg(t.a, ',' ORDER BY 2) FROM app.t GROUP BY 1"],
    ])
  })
})
