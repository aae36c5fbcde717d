import { describe, expect, test } from "vitest"
import { CHECK, expectAll, type FormName, select, VIEW, verdict } from "../support/verdicts.ts"

const FUNCTION: FormName = ["function", "definition"]

describe("N, S, M: names, calls, modes", () => {
  test("are those that the grammar makes of other spellings", () => {
    expectAll(VIEW, "same", [
      ["SELECT t.a FROM app.t, app.u", "SELECT t.a AS a FROM app.t, app.u"],
      ...select(
        ["pg_catalog.lower(t.a)", "lower(t.a)"],
        ["t.a::pg_catalog.text", "t.a::text"],
        ["t.a OPERATOR(pg_catalog.=) 'b'", "t.a = 'b'"],
        ["timezone('UTC', t.a)", "t.a AT TIME ZONE 'UTC'"],
        ["btrim(t.a)", "TRIM(BOTH FROM t.a)"],
        ["\"position\"(t.a, 'x')", "POSITION(('x') IN (t.a))"],
      ),
    ])
    expectAll(FUNCTION, "same", [
      [
        "CREATE FUNCTION app.json(a text) RETURNS text LANGUAGE sql AS $$SELECT 1$$",
        'CREATE FUNCTION app."json"(a text) RETURNS text LANGUAGE sql AS $$SELECT 1$$',
      ],
    ])
    expectAll(["procedure", "definition"], "same", [
      ["CREATE PROCEDURE app.p(IN a integer) LANGUAGE sql AS 'x'", "CREATE PROCEDURE app.p(a integer) LANGUAGE sql AS 'x'"],
    ])
  })

  test("and no others", () => {
    expectAll(VIEW, "different", [
      ["SELECT t.a FROM app.t, app.u", "SELECT t.a AS b FROM app.t, app.u"],
      ["SELECT t.* FROM app.t, app.u", "SELECT t FROM app.t, app.u"],
      ["SELECT c.a FROM pg_catalog.c, app.t", "SELECT c.a FROM c, app.t"],
      ...select(
        ["app.lower(t.a)", "lower(t.a)"],
        ["app.lower(t.a)", "other.lower(t.a)"],
        ["t.a::app.text", "t.a::text"],
        ["t.a OPERATOR(app.=) 'b'", "t.a = 'b'"],
        ["app.timezone('UTC', t.a)", "t.a AT TIME ZONE 'UTC'"],
        ["EXTRACT(year FROM t.a)", "date_part('year', t.a)"],
        ["TRIM(BOTH FROM t.a)", "TRIM(LEADING FROM t.a)"],
        ["count(*)", "count(t.a)"],
        ["count(DISTINCT t.a)", "count(t.a)"],
        ["CURRENT_USER", "SESSION_USER"],
        ['t.a::"char"', "t.a::character(1)"],
        ['t.a COLLATE "C"', 't.a COLLATE "POSIX"'],
      ),
    ])
    expectAll(["procedure", "definition"], "different", [
      ["CREATE PROCEDURE app.p(IN a integer) LANGUAGE sql AS 'x'", "CREATE PROCEDURE app.p(INOUT a integer) LANGUAGE sql AS 'x'"],
      ["CREATE PROCEDURE app.p(a integer) LANGUAGE sql AS 'x'", "CREATE PROCEDURE app.p(a integer) LANGUAGE sql AS 'X'"],
      ["CREATE PROCEDURE app.p(a integer) LANGUAGE sql AS 'x'", "CREATE PROCEDURE app.p(a integer DEFAULT 1) LANGUAGE sql AS 'x'"],
    ])
  })
})

test("K: system_user is a name before 16, and a function since", () => {
  const on = (text: string, serverMajor = 16) =>
    verdict(CHECK, "CHECK (system_user = 'a'::text)", text, { serverMajor: 15 }, { serverMajor })
  expect(on("CHECK (\"system_user\" = ('a'::varchar)::text)")).toBe("same")
  expect(on("CHECK (SYSTEM_USER = ('a'::varchar)::text)")).toBe("different")
  expect(on("CHECK (system_user = ('a'::varchar)::text)", 14)).toBe("same")
  expect(on("CHECK (pg_catalog.system_user() = 'a'::text)")).toBe("different")
})
