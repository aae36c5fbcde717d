import { describe, test } from "vitest"
import { expectAll, VIEW } from "../support/verdicts.ts"

describe("Q: the relation's name in the outermost query of a view with one relation", () => {
  test("is redundant", () => {
    expectAll(VIEW, "same", [
      [" SELECT t.a,\n    t.b\n   FROM app.t\n  WHERE (t.a > 0);", " SELECT a,\n    b\n   FROM app.t\n  WHERE (a > 0);"],
      [
        "SELECT p.a FROM app.t p GROUP BY p.a HAVING p.a > 1 ORDER BY p.a DESC",
        "SELECT a FROM app.t p GROUP BY a HAVING a > 1 ORDER BY a DESC",
      ],
      ["SELECT DISTINCT ON (t.a) t.a, t.b FROM app.t ORDER BY t.a, t.b", "SELECT DISTINCT ON (a) a, b FROM app.t ORDER BY a, b"],
      ['SELECT "T".a FROM app."T"', 'SELECT a FROM app."T"'],
      ["SELECT (t.home).city FROM app.t", "SELECT (home).city FROM app.t"],
      [
        "SELECT sum(t.a) OVER (PARTITION BY t.b ORDER BY t.c) AS s FROM app.t",
        "SELECT sum(a) OVER (PARTITION BY b ORDER BY c) AS s FROM app.t",
      ],
      ["SELECT v.a FROM (VALUES (1)) v(a)", "SELECT a FROM (VALUES (1)) v(a)"],
      ["SELECT c.a FROM app.t c TABLESAMPLE system (1)", "SELECT a FROM app.t c TABLESAMPLE system (1)"],
      ["SELECT g.g FROM generate_series(1, 2) g(g)", "SELECT g FROM generate_series(1, 2) g(g)"],
      ["WITH c AS (SELECT t.a FROM app.t) SELECT c.a FROM c", "WITH c AS (SELECT t.a FROM app.t) SELECT a FROM c"],
      [
        "SELECT t.a FROM app.t WHERE EXISTS (SELECT 1 FROM app.u WHERE u.a = t.a)",
        "SELECT a FROM app.t WHERE EXISTS (SELECT 1 FROM app.u WHERE u.a = t.a)",
      ],
    ])
  })

  test("but not another relation, a subquery, a join, or a name that is another output's", () => {
    expectAll(VIEW, "different", [
      ["SELECT t.a FROM app.t", "SELECT b FROM app.t"],
      ["SELECT t.a FROM app.t", "SELECT a FROM app.u"],
      ["SELECT t.a FROM app.t", "SELECT u.a FROM app.t"],
      ["SELECT t.a FROM app.t, app.u", "SELECT a FROM app.t, app.u"],
      ["SELECT t.a FROM (app.t JOIN app.u ON (true))", "SELECT a FROM (app.t JOIN app.u ON (true))"],
      ["SELECT t.a FROM app.t WHERE t.a IN (SELECT t.b FROM app.u)", "SELECT t.a FROM app.t WHERE t.a IN (SELECT b FROM app.u)"],
      ["SELECT t.a FROM app.t UNION SELECT u.a FROM app.u", "SELECT a FROM app.t UNION SELECT u.a FROM app.u"],
      ["SELECT t.a AS b, t.b AS a FROM app.t ORDER BY a", "SELECT t.a AS b, t.b AS a FROM app.t ORDER BY t.a"],
      ["SELECT upper(t.a) AS a FROM app.t ORDER BY a", "SELECT upper(t.a) AS a FROM app.t ORDER BY t.a"],
      ["SELECT DISTINCT ON (a) t.b AS a FROM app.t", "SELECT DISTINCT ON (t.a) t.b AS a FROM app.t"],
      ["SELECT 't.a'::text AS x FROM app.t", "SELECT 'a'::text AS x FROM app.t"],
      ["SELECT row_to_json(t.*) AS x FROM app.t", "SELECT row_to_json(t.t) AS x FROM app.t"],
    ])
  })

  test("and not in other definitions", () => {
    expectAll(["rule", "definition"], "different", [
      ["CREATE RULE x AS ON INSERT TO app.t DO SELECT u.a FROM app.u", "CREATE RULE x AS ON INSERT TO app.t DO SELECT a FROM app.u"],
    ])
  })
})
