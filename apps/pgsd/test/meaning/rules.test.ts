import { beforeAll, describe, expect, test } from "vitest"
import { formOf } from "../../src/meaning/forms.ts"
import type { Parse } from "../../src/meaning/parser.ts"
import { type Definition, sameMeaning } from "../../src/meaning/same-meaning.ts"
import type { Verdict } from "../../src/model/compare.ts"
import { requiredParser } from "./support/judge.ts"

let parse: Parse
beforeAll(async () => {
  parse = await requiredParser()
})

type FormArguments = Parameters<typeof formOf>
type Pair = readonly [one: string, other: string]

const VIEW: FormArguments = ["view", "definition"]
const CHECK: FormArguments = ["constraint", "definition"]
const FUNCTION: FormArguments = ["function", "definition"]

function verdict(form: FormArguments, one: string, other: string, context: Partial<Definition> = {}): Verdict {
  const [a, b] = [one, other].map((text) => ({ serverMajor: 18, ...context, text }))
  return sameMeaning(formOf(...form)!, a!, b!, parse)
}

/** Each pair in both directions. */
function expectAll(form: FormArguments, expected: Verdict, pairs: readonly Pair[], context?: Partial<Definition>): void {
  const others = pairs.flatMap(([one, other]) => {
    const verdicts = [verdict(form, one, other, context), verdict(form, other, one, context)]
    return verdicts.every((each) => each === expected) ? [] : [`${verdicts}: ${one} | ${other}`]
  })
  expect(others).toEqual([])
}

const select = (...pairs: readonly Pair[]): Pair[] =>
  pairs.map(([one, other]) => [`SELECT ${one} AS x FROM app.t`, `SELECT ${other} AS x FROM app.t`])
const where = (...pairs: readonly Pair[]): Pair[] =>
  pairs.map(([one, other]) => [`SELECT t.a FROM app.t WHERE ${one}`, `SELECT t.a FROM app.t WHERE ${other}`])

describe("Q: the relation's name in the outermost query of a view with one relation", () => {
  test("says nothing", () => {
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

  test("but another relation, an inner query, a join, and a name that is another output's do", () => {
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

  test("and it is not for other definitions", () => {
    expectAll(["rule", "definition"], "different", [
      ["CREATE RULE x AS ON INSERT TO app.t DO SELECT u.a FROM app.u", "CREATE RULE x AS ON INSERT TO app.t DO SELECT a FROM app.u"],
    ])
  })
})

describe("A: a cast of ARRAY[…]", () => {
  const typesOf = () => undefined
  const own = new Map([
    ["a", "character varying(10)"],
    ["b", "character varying"],
    ["list", "text[]"],
    ["mine", "app.list"],
    ["vector", "int2vector"],
  ])

  test("is a cast of every element", () => {
    expectAll(VIEW, "same", [
      ...select(
        [
          "(ARRAY['a'::character varying, 'b'::character varying])::text[]",
          "ARRAY[('a'::character varying)::text, ('b'::character varying)::text]",
        ],
        ["(ARRAY[1, 2])::bigint[]", "ARRAY[(1)::bigint, (2)::bigint]"],
        ["(ARRAY['ab'::varchar])::varchar(1)[]", "ARRAY[('ab'::varchar)::varchar(1)]"],
        ["ARRAY[NULL, 'a']::text[]", "ARRAY[NULL::text, 'a'::text]"],
        ["ARRAY[ARRAY['a'], ARRAY['b']]::text[]", "ARRAY[ARRAY['a'::text], ARRAY['b'::text]]"],
      ),
    ])
    expectAll(CHECK, "same", [["CHECK (x = ANY ((ARRAY[a, b])::text[]))", "CHECK (x = ANY (ARRAY[(a)::text, (b)::text]))"]], {
      own,
      typesOf,
    })
  })

  test("but not of elements that may be arrays, and no other type, length or order", () => {
    expectAll(VIEW, "different", [
      ...select(
        ["(ARRAY[t.a])::text[]", "ARRAY[(t.a)::text]"],
        ["(ARRAY[f(1)])::text[]", "ARRAY[(f(1))::text]"],
        ["(ARRAY['{a}'::text[]])::varchar[]", "ARRAY[('{a}'::text[])::varchar]"],
        ["(ARRAY['{a}'::_text])::varchar[]", "ARRAY[('{a}'::_text)::varchar]"],
        ["(ARRAY['1'::int2vector])::text[]", "ARRAY[('1'::int2vector)::text]"],
        ["(ARRAY['{a}'::app.list])::text[]", "ARRAY[('{a}'::app.list)::text]"],
        ["(ARRAY[1, 2])::bigint[]", "ARRAY[1, 2]"],
        ["(ARRAY[1, 2])::bigint[]", "(ARRAY[1, 2])::integer[]"],
        ["(ARRAY['ab'::varchar(1)])::text[]", "ARRAY['ab'::text]"],
        ["(ARRAY['a', 'b'])::text[]", "(ARRAY['b', 'a'])::text[]"],
        ["ARRAY[]::text[]", "ARRAY[]::varchar[]"],
      ),
    ])
    const pairs = ["list", "mine", "vector", "unknown"].map(
      (each): Pair => [`CHECK (x = ANY ((ARRAY[${each}])::text[]))`, `CHECK (x = ANY (ARRAY[(${each})::text]))`],
    )
    expectAll(CHECK, "different", pairs, { own, typesOf })
  })

  test("columns of a view are those of the relation that the name means there", () => {
    const types = new Map([
      ["app.t", new Map([["a", "text"]])],
      ["app.u", new Map([["a", "text[]"]])],
    ])
    const context = { typesOf: (schema: string, name: string) => types.get(`${schema}.${name}`) }
    const pair = (column: string, from: string): Pair => [
      `SELECT 1 FROM ${from} WHERE x = ANY ((ARRAY[${column}])::text[])`,
      `SELECT 1 FROM ${from} WHERE x = ANY (ARRAY[(${column})::text])`,
    ]
    expectAll(
      VIEW,
      "same",
      [pair("t.a", "app.t"), pair("a", "app.t"), pair("z.a", "app.t z"), pair("t.a", "(app.t JOIN app.u ON (true))")],
      context,
    )
    expectAll(
      VIEW,
      "different",
      [
        pair("u.a", "app.u"),
        pair("t.a", "app.u t"),
        pair("t.a", "t"),
        pair("t.a", "app.t t(b, a)"),
        pair("t.a", "other.t"),
        pair("u.a", "(app.t JOIN app.u ON (true))"),
      ],
      context,
    )
    const inner = (column: string): string => `SELECT 1 FROM app.t WHERE EXISTS (SELECT 1 FROM app.u t WHERE x = ANY (${column}))`
    expectAll(VIEW, "different", [[inner("(ARRAY[t.a])::text[]"), inner("ARRAY[(t.a)::text]")]], context)
  })
})

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

  test("but a position is none, and neither the type nor the digits may change", () => {
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

describe("E: names of outputs that nothing can see", () => {
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

describe("B: bounds", () => {
  const BOUND: FormArguments = ["table", "bound"]
  test("the values of a list are a set", () => {
    expectAll(BOUND, "same", [
      ["FOR VALUES IN ('a', 'b', NULL)", "FOR VALUES IN (NULL, 'b', 'a')"],
      ["FOR VALUES IN (1, 2, 1)", "FOR VALUES IN (2, 1)"],
    ])
  })

  test("others have an order, and every value counts", () => {
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

describe("T, R, L: casts and logic", () => {
  test("a label that changes nothing, a cast to the same type, AND in AND", () => {
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

  test("but a length, another type, a column, NULL, and what is not associative", () => {
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
  const DEFAULT: FormArguments = ["column", "default"]
  test("have no label", () => {
    for (const columnType of ["text", "character varying", "character varying(10)", "character(3)"])
      expectAll(DEFAULT, "same", [["'a'::text", "'a'::character varying"]], { columnType })
  })

  test("but other columns' have, and so have constants inside and those of other types", () => {
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

describe("what cannot be read", () => {
  test("is left to the text", () => {
    expect(verdict(VIEW, "SELECT FROM WHERE", "SELECT 1")).toBe("unread")
    expect(verdict(VIEW, "SELECT 1; SELECT 2", "SELECT 1; SELECT 3")).toBe("unread")
    expect(verdict(["column", "default"], "1) AS a; DROP TABLE t; SELECT (1", "1")).toBe("unread")
    const nested = (depth: number) => `SELECT ${"f(".repeat(depth)}1${")".repeat(depth)}`
    expect(verdict(VIEW, nested(500), nested(501))).toBe("different")
    expect(verdict(VIEW, nested(100_000), nested(100_001))).toBe("unread")
    expect(verdict(VIEW, `SELECT '${"x".repeat(1_000_001)}'`, "SELECT 1")).toBe("unread")
    expect(verdict(VIEW, "SELECT t.a FROM app.t", "SELECT a FROM app.t")).toBe("same")
  })
})

test("K: system_user is a name before 16, and a function since", () => {
  const old = { text: "CHECK (system_user = 'a'::text)", serverMajor: 15 }
  const on = (text: string, serverMajor = 16) => sameMeaning(formOf(...CHECK)!, old, { text, serverMajor }, parse)
  expect(on("CHECK (\"system_user\" = ('a'::varchar)::text)")).toBe("same")
  expect(on("CHECK (SYSTEM_USER = ('a'::varchar)::text)")).toBe("different")
  expect(on("CHECK (system_user = ('a'::varchar)::text)", 14)).toBe("same")
  expect(on("CHECK (pg_catalog.system_user() = 'a'::text)")).toBe("different")
})

test("two thousand pairs take less than a second on a quiet machine", () => {
  const pairs = Array.from(
    { length: 2_000 },
    (_, at): Pair => [
      ` SELECT t${at}.id,\n    t${at}.name,\n    upper((t${at}.kind)::text) AS kind\n   FROM app.t${at}\n  WHERE ((t${at}.kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]));`,
      ` SELECT id,\n    name,\n    upper((kind)::text) AS kind\n   FROM app.t${at}\n  WHERE ((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));`,
    ],
  )
  expectAll(VIEW, "same", pairs.slice(0, 100))
  const started = performance.now()
  for (const [one, other] of pairs) expect(verdict(VIEW, one, other)).toBe("same")
  const took = performance.now() - started
  // Three times what it takes with both cores to itself.
  expect(took).toBeLessThan(3_000)
})
