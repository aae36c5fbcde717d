import { describe, test } from "vitest"
import { expectAll, VIEW } from "../support/verdicts.ts"

describe("E: output names that are not visible", () => {
  test("are dropped", () => {
    expectAll(VIEW, "same", [
      ["SELECT t.a FROM app.t UNION ALL SELECT NULL::integer AS int4", "SELECT t.a FROM app.t UNION ALL SELECT NULL::integer"],
      ["SELECT 1 AS a UNION SELECT 2 AS b EXCEPT SELECT 3 AS c", "SELECT 1 AS a UNION SELECT 2 EXCEPT SELECT 3 AS d"],
      ["SELECT t.a FROM app.t WHERE t.a IN (SELECT u.b AS c FROM app.u)", "SELECT t.a FROM app.t WHERE t.a IN (SELECT u.b FROM app.u)"],
      ["SELECT t.a FROM app.t WHERE EXISTS (SELECT 1 AS one)", "SELECT t.a FROM app.t WHERE EXISTS (SELECT 1)"],
      ["SELECT (SELECT max(u.b) AS m FROM app.u) AS x", "SELECT (SELECT max(u.b) FROM app.u) AS x"],
      ["SELECT ARRAY(SELECT 1 AS a UNION SELECT 2 AS b) AS x", "SELECT ARRAY(SELECT 1 AS c UNION SELECT 2) AS x"],
    ])
  })

  test("others are kept", () => {
    expectAll(VIEW, "different", [
      ["SELECT 1 AS a UNION SELECT 2", "SELECT 1 AS b UNION SELECT 2"],
      ["(SELECT 1 AS a UNION SELECT 2) EXCEPT SELECT 3", "(SELECT 1 AS b UNION SELECT 2) EXCEPT SELECT 3"],
      ["SELECT (SELECT 1 AS a)", "SELECT (SELECT 1 AS b)"],
      ["SELECT (SELECT 1 AS a)::bigint", "SELECT (SELECT 1 AS b)::bigint"],
      ["SELECT CASE WHEN true THEN 1 ELSE (SELECT 1 AS a) END", "SELECT CASE WHEN true THEN 1 ELSE (SELECT 1 AS b) END"],
      ["SELECT (SELECT (SELECT 1 AS a))", "SELECT (SELECT (SELECT 1 AS b))"],
      [
        "SELECT 1 WHERE 1 IN (SELECT x.a FROM (SELECT 1 AS a, 2 AS b) x)",
        "SELECT 1 WHERE 1 IN (SELECT x.a FROM (SELECT 1 AS b, 2 AS a) x)",
      ],
      ["SELECT 1 UNION SELECT row_to_json(x.*) FROM (SELECT 1 AS a) x", "SELECT 1 UNION SELECT row_to_json(x.*) FROM (SELECT 1 AS b) x"],
      [
        "SELECT 1 AS n UNION (WITH c AS (SELECT 1 AS a, 2 AS b) SELECT c.a FROM c)",
        "SELECT 1 AS n UNION (WITH c AS (SELECT 1 AS b, 2 AS a) SELECT c.a FROM c)",
      ],
      [
        "SELECT ARRAY(SELECT u.a AS b FROM app.u ORDER BY b LIMIT 1) AS x",
        "SELECT ARRAY(SELECT u.a AS c FROM app.u ORDER BY b LIMIT 1) AS x",
      ],
      [
        "SELECT 1 AS x UNION (SELECT u.a AS b FROM app.u ORDER BY b LIMIT 1)",
        "SELECT 1 AS x UNION (SELECT u.a AS c FROM app.u ORDER BY b LIMIT 1)",
      ],
      ["SELECT ARRAY(SELECT DISTINCT ON (b) u.a AS b FROM app.u) AS x", "SELECT ARRAY(SELECT DISTINCT ON (b) u.a AS c FROM app.u) AS x"],
      [
        "SELECT 1 WHERE EXISTS (SELECT 1 AS a FROM app.u GROUP BY ROLLUP (a))",
        "SELECT 1 WHERE EXISTS (SELECT 1 AS b FROM app.u GROUP BY ROLLUP (a))",
      ],
    ])
  })
})
