import { describe, expect, test } from "vitest"
import { CHECK, expectAll, type FormName, select, VIEW, verdict } from "../support/verdicts.ts"

const FUNCTION: FormName = ["function", "definition"]

describe("N, S, M: names, calls, modes", () => {
  test("equal the grammar's result for other spellings", () => {
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

describe("K: words that became keywords", () => {
  const older = (form: FormName, one: string, other: string, majors = [14, 18]) =>
    verdict(form, one, other, { serverMajor: majors[0]! }, { serverMajor: majors[1]! })

  test("are names in the print of an older server", () => {
    expect(older(CHECK, "CHECK (system_user = 'a'::text)", "CHECK (\"system_user\" = ('a'::varchar)::text)")).toBe("same")
    expect(older(CHECK, "CHECK (json = 'json'::json)", "CHECK (\"json\" = 'json'::json)")).toBe("same")
    expect(older(VIEW, "SELECT t.json_value AS json FROM app.t", 'SELECT json_value AS "json" FROM app.t')).toBe("same")
    const of = (name: string, body = "json") =>
      `CREATE FUNCTION app.f(${name} json DEFAULT '{}'::json) RETURNS json LANGUAGE sql AS $function$${body}$function$`
    expect(older(FUNCTION, of("json"), of('"json"'))).toBe("same")
    expect(older(FUNCTION, of("json"), of('"json"', '"json"'))).toBe("different")
  })

  test("and keywords in that of a newer one; other differences remain", () => {
    expect(older(CHECK, "CHECK (system_user = 'a'::text)", "CHECK (SYSTEM_USER = ('a'::varchar)::text)", [15, 16])).toBe("different")
    expect(older(CHECK, "CHECK (SYSTEM_USER = 'a'::text)", "CHECK (\"system_user\" = ('a'::varchar)::text)", [16, 18])).toBe("different")
    expect(older(CHECK, "CHECK (json = 'a'::text)", "CHECK (\"json\" = 'b'::text)")).toBe("different")
    expect(older(CHECK, "CHECK (x = 'json'::text)", "CHECK (x = '\"json\"'::text)")).toBe("different")
    expect(older(CHECK, 'CHECK (x = "JSON")', 'CHECK (x = "json")')).toBe("different")
  })
})
