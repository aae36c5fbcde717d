import { describe, test } from "vitest"
import { CHECK, expectAll, type Pair, select, VIEW } from "../support/verdicts.ts"

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

  test("but not of elements that may be arrays, and with no other type, length or order", () => {
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

  test("columns of a view are those of the relation that the name refers to", () => {
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
