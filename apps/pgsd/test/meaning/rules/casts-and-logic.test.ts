import { describe, test } from "vitest"
import { CHECK, expectAll, type FormName, type Pair, select, VIEW, where } from "../support/verdicts.ts"

describe("T, R, L: casts and logic", () => {
  test("a redundant label, a cast to the same type, AND in AND", () => {
    expectAll(VIEW, "same", [
      ...select(
        ["('a'::varchar)::text", "'a'::text"],
        ["('a'::text)::varchar", "'a'::varchar"],
        ["(t.a::text)::text", "t.a::text"],
        ["(t.a::varchar(3))::varchar(3)", "t.a::varchar(3)"],
      ),
      ...where(["t.a AND (t.b AND t.c)", "t.a AND t.b AND t.c"], ["(t.a OR t.b) OR (t.c OR t.d)", "t.a OR t.b OR t.c OR t.d"]),
    ])
  })

  test("but not a length, another type, a column, NULL, or what is not associative", () => {
    expectAll(VIEW, "different", [
      ...select(
        ["('abc'::varchar(2))::text", "'abc'::text"],
        ["('a '::bpchar)::text", "'a '::text"],
        ["('a '::character(4))::text", "'a '::text"],
        ["('abc'::\"char\")::text", "'abc'::text"],
        ["('a'::name)::text", "'a'::text"],
        ["('a'::app.text)::text", "'a'::text"],
        ["(t.a::varchar)::text", "t.a::text"],
        ["(NULL::varchar)::text", "NULL::text"],
        ["NULL::varchar", "NULL::text"],
        ["NULL::text", "''::text"],
        ["'NULL'::text", "NULL::text"],
        ["'a'::varchar", "'a'::text"],
        ["(t.a::varchar(3))::varchar(2)", "t.a::varchar(2)"],
        ["('1'::text[])::varchar[]", "'1'::varchar[]"],
      ),
      ...where(
        ["(t.a AND t.b) OR t.c", "t.a AND (t.b OR t.c)"],
        ["NOT (t.a AND t.b)", "NOT t.a AND t.b"],
        ["t.a AND t.b", "t.b AND t.a"],
        ["t.a AND t.b AND t.c", "t.a AND t.b"],
        ["t.a = ANY (ARRAY[1, 2])", "t.a = ALL (ARRAY[1, 2])"],
        ["t.a = ANY (ARRAY[1, 2])", "t.a = ANY (ARRAY[2, 1])"],
        ["t.a IS NULL", "t.a IS NOT NULL"],
        ["t.a = 1", "t.a IS NOT DISTINCT FROM 1"],
      ),
    ])
  })
})

describe("D: defaults of a textual column", () => {
  const DEFAULT: FormName = ["column", "default"]
  test("need no label", () => {
    for (const columnType of ["text", "character varying", "character varying(10)", "character(3)"])
      expectAll(DEFAULT, "same", [["'a'::text", "'a'::character varying"]], { columnType })
  })

  test("but those of other columns do, and so do constants inside and those of other types", () => {
    for (const columnType of [undefined, "name", "jsonb", "app.mood", "bpchar", "text[]"])
      expectAll(DEFAULT, "different", [["'a'::text", "'a'::character varying"]], { columnType })
    const pairs: readonly Pair[] = [
      ["'a'::text", "'b'::character varying"],
      ["'a'::text", "'a'::bpchar"],
      ["'a'::text", "'a'::character varying(1)"],
      ["pg_typeof('a'::text)", "pg_typeof('a'::character varying)"],
      ["NULL::text", "NULL::character varying"],
    ]
    expectAll(DEFAULT, "different", pairs, { columnType: "text" })
    expectAll(CHECK, "different", [["CHECK (f('a'::text))", "CHECK (f('a'::character varying))"]], { columnType: "text" })
  })
})
