import { expect, test } from "vitest"
import { areDisjoint } from "../src/sql/bounds.ts"

const list = (...values: string[]) => `FOR VALUES IN (${values.join(", ")})`
const range = (from: string, to: string) => `FOR VALUES FROM (${from}) TO (${to})`

test.each<[string, string, string | undefined, boolean]>([
  [list("1", "2"), list("3", "'-4'"), "integer", true],
  [list("1", "2"), list("2", "3"), "integer", false],
  [list("'1'"), list("1.0"), "numeric", false],
  [list("'a'"), list("'A'"), "citext", false],
  [list("'a, b'", "NULL"), list("'NULL'", "'b'"), "text", true],
  [list("'a'"), list("'b'"), undefined, false],
  [list("'2024-01-01'"), list("'2024-01-02'"), "date", true],
  ["DEFAULT", list("1"), undefined, true],
  ["DEFAULT", "DEFAULT", undefined, false],
  [range("1", "9"), range("9", "20"), "integer", true],
  [range("'1'", "'9'"), range("'10'", "'20'"), "bigint", true],
  [range("'1'", "'9'"), range("'10'", "'20'"), "text", false],
  [range("'9007199254740992'", "'9007199254740993'"), range("'9007199254740992'", "'9007199254740999'"), "bigint", false],
  [range("'b'", "'m'"), range("'m'", "MAXVALUE"), undefined, true],
  [range("MINVALUE", "0"), range("0", "MAXVALUE"), "integer", true],
  [range("'2024-01-01'", "'2024-02-01'"), range("'2024-03-01'", "'2024-04-01'"), "date", true],
  [range("'2024-01-01'", "'2024-02-01'"), range("'12024-03-01'", "'12024-04-01'"), "date", false],
  ["FOR VALUES WITH (modulus 2, remainder 0)", "FOR VALUES WITH (modulus 2, remainder 1)", "integer", false],
])("%s and %s of %s: certainly disjoint: %s", (one, other, type, disjoint) => {
  expect([areDisjoint(one, other, type), areDisjoint(other, one, type)]).toEqual([disjoint, disjoint])
})
